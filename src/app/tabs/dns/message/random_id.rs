//! The number that a message gets at random.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::is_lab;
use crate::engine::{dns_message::Config, setting::Setting};

/// What was drawn last.
#[derive(Debug)]
pub(super) struct RandomId {
    drawn_for: Option<IdWorld>,
    number: u16,
    /// The number that stands has been sent.
    is_sent: bool,
    draws: StdRng,
}

impl Default for RandomId {
    fn default() -> Self {
        Self { drawn_for: None, number: 0, is_sent: false, draws: StdRng::seed_from_u64(0) }
    }
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

    /// The number of a message that is being sent: the one that stands, unless that has been sent already.
    pub(super) fn for_message(&mut self, setting: &Setting) -> u16 {
        let standing = self.number(setting);
        if std::mem::replace(&mut self.is_sent, true) { self.draw(setting) } else { standing }
    }

    /// A number other than the last one: at random on the Internet, in the lab the same row of numbers for the same seed.
    fn draw(&mut self, setting: &Setting) -> u16 {
        let here = place(setting);
        if self.drawn_for.replace(here) == Some(here) {
            let last = self.number;
            while self.number == last {
                self.number = self.draws.random();
            }
            return self.number;
        }
        self.is_sent = false;
        (self.number, self.draws) = match here {
            IdWorld::Lab(seed) => {
                let first = Config { setting: setting.clone(), ..Config::default() }.random_id();
                (first, StdRng::seed_from_u64(seed))
            }
            IdWorld::Internet => (rand::random(), StdRng::seed_from_u64(rand::random())),
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
        assert_eq!(
            [random_id.number(&setting), RandomId::default().number(&setting)],
            [first; 2],
            "until it is drawn anew"
        );
        let row = |random_id: &mut RandomId| [(); 8].map(|()| random_id.draw(&setting));
        let (drawn, mut again) = (row(&mut random_id), RandomId::default());
        again.number(&setting);
        assert_eq!(row(&mut again), drawn, "the same seed, the same row of numbers");
        assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]) && drawn[0] != first, "{drawn:?}");
        setting.path.seed += 1;
        assert_ne!(random_id.number(&setting), first);
        setting.world = WorldChoice::Internet;
        let stands = random_id.number(&setting);
        assert_eq!(random_id.number(&setting), stands);
        let drawn: Vec<u16> = (0..16).map(|_| random_id.for_message(&setting)).collect();
        assert_eq!(drawn[0], stands, "what stands is sent first");
        assert!(drawn.iter().any(|number| *number != stands), "{drawn:?}");
        assert_eq!(drawn.last(), Some(&random_id.number(&setting)));
    }
}
