//! The message as octets typed by hand.

use egui::{Label, RichText, TextEdit, Ui};

use crate::{
    app::{
        theme::{Theme, mono},
        widgets,
    },
    proto::dns::draft::{MessageDraft, NoMessage},
};

/// Paints the editor.
pub(super) fn by_hand_ui(ui: &mut Ui, raw: &mut String, fault: Option<&NoMessage>) {
    let field = TextEdit::multiline(raw).desired_width(f32::INFINITY).desired_rows(ROWS).font(mono());
    let response = ui.add(field.hint_text("7c 1e 01 00 …"));
    widgets::named(ui, response, "Octets in hexadecimal");
    let (words, colour) = fault.map_or_else(
        || ("Two digits an octet; spaces and line ends may stand wherever.".to_owned(), Theme::of(ui).muted),
        |fault| (fault.to_string(), Theme::of(ui).bad),
    );
    ui.add(Label::new(RichText::new(&words).small().color(colour)).truncate()).on_hover_text(&words);
}

/// The draft, written the other way: its octets by hand, or its fields again. Where the octets are none that fields can say, the fields
/// are as they were before.
pub(super) fn switched(draft: &MessageDraft, random_id: u16) -> MessageDraft {
    let by_hand = |_no_message| MessageDraft { raw: Some(String::new()), ..draft.clone() };
    if draft.raw.is_none() {
        return draft.as_raw(random_id).unwrap_or_else(by_hand);
    }
    let fields = MessageDraft { raw: None, ..draft.clone() };
    let octets = draft.octets(random_id);
    // Where nothing changed, a random number stays one.
    let unchanged = fields.octets(random_id) == octets;
    let read = octets.map(|octets| MessageDraft::of_octets(&octets));
    read.ok().filter(|read| !unchanged && read.raw.is_none()).unwrap_or(fields)
}

/// Rows that there is room for before the editor grows.
const ROWS: usize = 4;

#[cfg(test)]
mod octets_by_hand {
    use super::*;

    #[test]
    fn become_fields_again_where_fields_can_say_them() {
        let fields = MessageDraft::default();
        let by_hand = switched(&fields, 0x7c1e);
        assert!(by_hand.raw.as_ref().unwrap().starts_with("7c 1e 01 00"));
        assert_eq!(switched(&by_hand, 0x7c1e), fields, "nothing changed");
        let changed =
            MessageDraft { raw: by_hand.raw.clone().map(|raw| raw.replacen("01 00", "00 00", 1)), ..by_hand.clone() };
        let again = switched(&changed, 0x7c1e);
        assert_eq!((again.raw, again.id, again.flags.rd), (None, Some(0x7c1e), false));
        let broken = MessageDraft { raw: Some("12 34".to_owned()), ..by_hand };
        assert_eq!(switched(&broken, 0x7c1e), fields, "as they were before");
    }

    #[test]
    fn are_none_at_first_where_the_fields_cannot_be_written() {
        let draft = MessageDraft { name: "a..b".to_owned(), ..MessageDraft::default() };
        assert_eq!(switched(&draft, 0).raw.as_deref(), Some(""));
    }
}
