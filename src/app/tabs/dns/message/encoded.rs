//! The message as it is written: its octets, read as their receiver will read them.

use std::rc::Rc;

use super::super::message_ui::DecodedMessage;
use crate::{
    app::parts::octets::compact::CompactOctets,
    lens::dns::Reading,
    proto::dns::draft::{MessageDraft, NoMessage},
};

/// The octets of a draft, computed when it changes.
#[derive(Debug, Default)]
pub(super) struct EncodedDraft {
    key: Option<(MessageDraft, u16)>,
    /// As long as the draft cannot be written: of when it last could.
    message: Option<Rc<DecodedMessage>>,
    fault: Option<NoMessage>,
}

impl EncodedDraft {
    /// Writes the message, if it changed. Returns why it cannot be written; `pane` is told what to show of it.
    pub(super) fn of(&mut self, draft: &MessageDraft, random_id: u16, pane: &mut CompactOctets) -> Option<NoMessage> {
        if self.key.as_ref().is_none_or(|(written, number)| (written, *number) != (draft, random_id)) {
            match draft.octets(random_id) {
                Ok(octets) => {
                    let message = DecodedMessage::of(octets);
                    pane.open_what_is_wrong(&message.reading.tree);
                    (self.message, self.fault) = (Some(Rc::new(message)), None);
                }
                Err(fault) => self.fault = Some(fault),
            }
            self.key = Some((draft.clone(), random_id));
        }
        self.fault.clone()
    }

    pub(super) fn message(&self) -> Option<Rc<DecodedMessage>> {
        self.message.clone()
    }

    pub(super) fn reading(&self) -> Option<&Reading> {
        self.message.as_ref().map(|message| &message.reading)
    }
}
