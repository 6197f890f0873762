//! Inputs and how they are broken.

/// Where an input is fed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file of events, framed: a whole stream with table maps.
    Stream,
    /// A JSON document, and a difference behind it.
    Json,
    /// The body of a pull answer.
    Stored,
    /// Frames of a server of RocketMQ, one after another.
    Frames,
    /// What a name server tells of topics and brokers.
    Route,
    /// A row filter as a person writes it.
    Filter,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

/// A small generator of its own, so that a seed means the same for ever.
pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x9e37_79b9_7f4a_7c15 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// An input of the corpus with up to eight changes; sometimes none.
    pub(crate) fn pick(&mut self, corpus: &[Input]) -> Input {
        let mut input = corpus[self.below(corpus.len())].clone();
        for _ in 0..self.below(9) {
            self.change(&mut input.bytes, corpus);
        }
        input
    }

    fn change(&mut self, bytes: &mut Vec<u8>, corpus: &[Input]) {
        const EXTREMES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xfb, 0xfc, 0xfe, 0xff];
        if bytes.is_empty() {
            bytes.push(self.next() as u8);
            return;
        }
        let at = self.below(bytes.len());
        match self.below(8) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.next() as u8,
            2 => bytes[at] = EXTREMES[self.below(EXTREMES.len())],
            3 => bytes.truncate(at),
            4 => bytes.insert(at, self.next() as u8),
            5 => {
                let end = (at + 1 + self.below(16)).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => {
                for (offset, byte) in self.next().to_le_bytes().into_iter().enumerate() {
                    if let Some(slot) = bytes.get_mut(at + offset) {
                        *slot = byte;
                    }
                }
            }
            _ => {
                let other = &corpus[self.below(corpus.len())].bytes;
                let from = self.below(other.len());
                let end = (from + self.below(64)).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
        }
    }
}
