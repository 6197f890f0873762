//! What becomes of a request.

use std::time::Duration;

use crate::random::Random;

/// How often what happens, of a thousand requests. Everything else is stored
/// and answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chances {
    /// Stored whole or in part, the answer is lost.
    pub unanswered: u64,
    /// Stored a little after the caller has given up.
    pub late: u64,
    /// Refused, nothing is stored.
    pub busy: u64,
    /// Takes long.
    pub slow: u64,
}

impl Chances {
    /// Any mixture, most often a calm one.
    pub fn draw(random: &mut Random) -> Self {
        match random.below(4) {
            0 => Self::default(),
            1 | 2 => Self { unanswered: 10, late: 5, busy: 10, slow: 50 },
            _ => Self { unanswered: 60, late: 30, busy: 40, slow: 100 },
        }
    }

    /// No faults any more.
    #[must_use]
    pub const fn calm() -> Self {
        Self { unanswered: 0, late: 0, busy: 0, slow: 0 }
    }
}

/// The fate of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// When it is stored, from now; `None`: not at all.
    pub stored: Option<Duration>,
    /// How many of its messages are stored.
    pub count: usize,
    /// When the caller hears, from now.
    pub answered: Duration,
    /// Whether it hears that all is well.
    pub well: bool,
}

impl Chances {
    /// Draws the fate of a request of `count` messages.
    pub fn fate(&self, random: &mut Random, count: usize) -> Fate {
        let millis = Duration::from_millis;
        let slow = random.permille(self.slow);
        let stored = millis(if slow { random.range(200..=2500) } else { random.below(8) });
        let answered = stored + millis(random.below(4));
        let draw = random.below(1000);
        let (lost, late) = (self.unanswered, self.unanswered + self.late);
        if draw < lost {
            let part = if random.percent(50) { count } else { random.index(count + 1) };
            let answered = stored + millis(random.range(1..=3000));
            Fate { stored: Some(stored), count: part, answered, well: false }
        } else if draw < late {
            // A caller that gives up looks for what was stored for two seconds.
            let answered = millis(random.range(100..=3000));
            let stored = answered + millis(random.range(1..=1200));
            Fate { stored: Some(stored), count, answered, well: false }
        } else if draw < late + self.busy {
            Fate { stored: None, count: 0, answered, well: false }
        } else {
            Fate { stored: Some(stored), count, answered, well: true }
        }
    }
}
