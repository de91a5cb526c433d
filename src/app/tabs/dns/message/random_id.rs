//! The number that a message gets at random.

use super::is_lab;
use crate::engine::{dns_message::Config, setting::Setting};

/// What was drawn last.
#[derive(Debug, Default)]
pub(super) struct RandomId {
    drawn_for: Option<IdWorld>,
    number: u16,
}

/// Where a number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdWorld {
    /// The lab, with the seed of its path.
    Lab(u64),
    Internet,
}

impl RandomId {
    /// The number as it stands.
    pub(super) fn number(&mut self, setting: &Setting) -> u16 {
        if self.drawn_for != Some(place(setting)) {
            self.draw(setting);
        }
        self.number
    }

    /// The number of a message that is being sent: at random on the Internet, in the lab the same for the same seed.
    pub(super) fn draw(&mut self, setting: &Setting) -> u16 {
        self.drawn_for = Some(place(setting));
        self.number = if is_lab(setting) {
            Config { setting: setting.clone(), ..Config::default() }.random_id()
        } else {
            rand::random()
        };
        self.number
    }
}

fn place(setting: &Setting) -> IdWorld {
    if is_lab(setting) { IdWorld::Lab(setting.path.seed) } else { IdWorld::Internet }
}

#[cfg(test)]
mod a_lot {
    use super::*;
    use crate::engine::setting::WorldChoice;

    #[test]
    fn is_repeatable_in_the_lab_and_random_on_the_internet() {
        let mut setting = Setting::default();
        let mut random_id = RandomId::default();
        let first = random_id.number(&setting);
        assert_eq!([random_id.draw(&setting), RandomId::default().number(&setting)], [first; 2]);
        setting.path.seed += 1;
        assert_ne!(random_id.number(&setting), first);
        setting.world = WorldChoice::Internet;
        let stands = random_id.number(&setting);
        assert_eq!(random_id.number(&setting), stands);
        let drawn: Vec<u16> = (0..16).map(|_| random_id.draw(&setting)).collect();
        assert!(drawn.iter().any(|number| *number != stands), "{drawn:?}");
        assert_eq!(drawn.last(), Some(&random_id.number(&setting)));
    }
}
