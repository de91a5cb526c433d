//! The octets of record data, taken field by field. What is not there gives `None`.

use super::{Name, name::from_labels};

/// Octets not yet read.
pub(super) struct RdataOctets<'a>(pub(super) &'a [u8]);

impl<'a> RdataOctets<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.u8()?;
        self.take(usize::from(length))
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(super) fn some_rest(&mut self) -> Option<&'a [u8]> {
        Some(self.rest()).filter(|rest| !rest.is_empty())
    }

    pub(super) fn name(&mut self) -> Option<Name> {
        let mut labels = Vec::new();
        loop {
            match self.u8()? {
                0 => return from_labels(labels.into_iter()).ok(),
                length @ 1..=63 => labels.push(self.take(usize::from(length))?),
                // Pointers lead nowhere outside a message.
                64.. => return None,
            }
        }
    }
}
