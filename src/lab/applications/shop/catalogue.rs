//! What a shop sells.

use crate::lab::application_file::ItemFile;

/// All items of a shop, in the order of its file.
#[derive(Debug)]
pub(super) struct Catalogue(Vec<Item>);

/// Something a shop sells.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) number: u32,
    pub(super) subject: String,
    pub(super) title: String,
    /// `24.50`
    pub(super) price: String,
    pub(super) about: String,
}

impl Catalogue {
    pub(super) fn new(items: &[ItemFile]) -> Self {
        let item = |item: &ItemFile| Item {
            number: item.number,
            subject: item.subject.clone(),
            title: item.title.clone(),
            price: format!("{}.{:02}", item.price_cents / 100, item.price_cents % 100),
            about: item.about.clone(),
        };
        Self(items.iter().map(item).collect())
    }

    /// The subjects, in the order in which they first occur.
    pub(super) fn subjects(&self) -> Vec<&str> {
        let mut subjects: Vec<&str> = Vec::new();
        for item in &self.0 {
            if !subjects.contains(&item.subject.as_str()) {
                subjects.push(&item.subject);
            }
        }
        subjects
    }

    /// This subject, where there is one.
    pub(super) fn subject(&self, subject: &str) -> Option<&str> {
        self.0.iter().map(|item| item.subject.as_str()).find(|known| *known == subject)
    }

    pub(super) fn of_subject(&self, subject: &str) -> impl Iterator<Item = &Item> {
        self.0.iter().filter(move |item| item.subject == subject)
    }

    /// The item of this number, as a form or a path has it.
    pub(super) fn numbered(&self, number: &str) -> Option<&Item> {
        let number: u32 = number.trim().parse().ok()?;
        self.item(number)
    }

    pub(super) fn item(&self, number: u32) -> Option<&Item> {
        self.0.iter().find(|item| item.number == number)
    }

    pub(super) fn item_at(&self, subject: &str, number: &str) -> Option<&Item> {
        self.numbered(number).filter(|item| item.subject == subject)
    }
}

impl Item {
    /// `/books/42`
    pub(super) fn path(&self) -> String {
        format!("/{}/{}", self.subject, self.number)
    }
}
