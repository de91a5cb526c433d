//! What is computed from something that seldom changes, and kept for as long as that stays as it is.

/// A value, and what it was computed from.
#[derive(Debug)]
pub(super) struct Memo<K, V>(Option<(K, V)>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// The value of `key`: the one that is kept, or, where that is another key's, computed anew.
    pub(super) fn of(&mut self, key: K, compute: impl FnOnce() -> V) -> &V {
        let kept = self.0.take().filter(|(known, _)| *known == key);
        let (_, value) = self.0.insert(kept.unwrap_or_else(|| (key, compute())));
        value
    }
}

#[cfg(test)]
mod a_value {
    use super::Memo;

    #[test]
    fn is_computed_once_for_each_key() {
        let mut memo = Memo::default();
        let mut times = 0;
        for key in [1, 1, 2, 2, 1] {
            let value = *memo.of(key, || {
                times += 1;
                key * 10
            });
            assert_eq!(value, key * 10);
        }
        assert_eq!(times, 3);
    }
}
