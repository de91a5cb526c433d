//! A timer that is set and put off all the time, and seldom expires. Taking back an entry of the agenda would cost more than
//! leaving it there: the agenda looks at the timer when the entry comes up, and finds that it was put off.

use super::Nanos;

#[derive(Debug, Default)]
pub(super) struct Alarm {
    expires_at: Option<Nanos>,
    /// When the agenda will look at it: never after `expires_at`.
    looked_at: Option<Nanos>,
}

/// What the agenda found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It has expired now.
    Expired,
    /// It was put off or taken back; nothing happens.
    NotYet,
}

impl Alarm {
    pub(super) fn set(&mut self, expires_at: Nanos) {
        self.expires_at = Some(expires_at);
    }

    pub(super) fn clear(&mut self) {
        self.expires_at = None;
    }

    pub(super) fn expires_at(&self) -> Option<Nanos> {
        self.expires_at
    }

    /// When the agenda has to look at it, if no earlier look is arranged. Asked after every change.
    pub(super) fn next_look(&mut self) -> Option<Nanos> {
        let expires_at = self.expires_at?;
        if self.looked_at.is_some_and(|looked_at| looked_at <= expires_at) {
            return None;
        }
        self.looked_at = Some(expires_at);
        Some(expires_at)
    }

    /// The agenda looks at it. After [`Look::NotYet`] another look may have to be arranged.
    pub(super) fn look(&mut self, now: Nanos) -> Look {
        if self.looked_at != Some(now) {
            return Look::NotYet;
        }
        self.looked_at = None;
        if self.expires_at.is_some_and(|expires_at| expires_at <= now) {
            self.expires_at = None;
            return Look::Expired;
        }
        Look::NotYet
    }
}

#[cfg(test)]
mod an_alarm {
    use super::*;

    #[test]
    fn that_is_put_off_takes_one_place_on_the_agenda() {
        let mut alarm = Alarm::default();
        assert_eq!(alarm.next_look(), None);
        alarm.set(10);
        assert_eq!((alarm.next_look(), alarm.next_look()), (Some(10), None));
        alarm.set(30);
        assert_eq!(alarm.next_look(), None);
        assert_eq!((alarm.look(10), alarm.next_look()), (Look::NotYet, Some(30)));
        assert_eq!((alarm.look(30), alarm.expires_at()), (Look::Expired, None));
    }

    #[test]
    fn that_is_moved_forward_is_looked_at_earlier_and_the_old_place_counts_for_nothing() {
        let mut alarm = Alarm::default();
        alarm.set(30);
        assert_eq!(alarm.next_look(), Some(30));
        alarm.set(20);
        assert_eq!(alarm.next_look(), Some(20));
        assert_eq!(alarm.look(20), Look::Expired);
        alarm.set(50);
        assert_eq!(alarm.next_look(), Some(50));
        assert_eq!(alarm.look(30), Look::NotYet);
        alarm.clear();
        assert_eq!((alarm.look(50), alarm.next_look()), (Look::NotYet, None));
    }
}
