//! LIKE: `%` for any characters, `_` for one, `\` before one that means itself.

use super::collation::Collation;

/// A pattern, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Any number of characters.
    Many,
    /// One character.
    One,
    /// This weight.
    Weight(u32),
}

impl Pattern {
    /// Reads a pattern for texts of a collation, or for bytes; `None` when it
    /// ends in a lone backslash, which servers read differently.
    pub(super) fn new(text: &str, collation: Option<Collation>) -> Option<Self> {
        let mut steps = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let literal = match c {
                '%' => {
                    steps.push(Step::Many);
                    continue;
                }
                '_' => {
                    steps.push(Step::One);
                    continue;
                }
                '\\' => chars.next()?,
                other => other,
            };
            if let Some(collation) = collation {
                steps.push(Step::Weight(collation.weight(literal)));
            } else {
                let mut buffer = [0; 4];
                let bytes = literal.encode_utf8(&mut buffer).bytes();
                steps.extend(bytes.map(|byte| Step::Weight(u32::from(byte))));
            }
        }
        Some(Self(steps))
    }

    /// Whether a text matches.
    pub(super) fn matches_text(&self, text: &str, collation: Collation) -> bool {
        let weights: Vec<u32> = text.chars().map(|c| collation.weight(c)).collect();
        self.matches(&weights)
    }

    /// Whether bytes match.
    pub(super) fn matches_bytes(&self, bytes: &[u8]) -> bool {
        let weights: Vec<u32> = bytes.iter().map(|byte| u32::from(*byte)).collect();
        self.matches(&weights)
    }

    /// Goes back to the last `%` only, so the work is at most the product of
    /// both lengths.
    fn matches(&self, text: &[u32]) -> bool {
        let (mut at, mut step) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        while let Some(weight) = text.get(at) {
            match self.0.get(step) {
                Some(Step::Many) => {
                    back = Some((step, at));
                    step += 1;
                    continue;
                }
                Some(Step::One) => {}
                Some(Step::Weight(wanted)) if wanted == weight => {}
                _ => match &mut back {
                    Some((many, from)) => {
                        *from += 1;
                        (at, step) = (*from, *many + 1);
                        continue;
                    }
                    None => return false,
                },
            }
            at += 1;
            step += 1;
        }
        self.0.iter().skip(step).all(|step| *step == Step::Many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        let collation = Collation::DEFAULT;
        Pattern::new(pattern, Some(collation)).expect("a pattern").matches_text(text, collation)
    }

    #[test]
    fn wildcards_escapes_and_case() {
        for (text, pattern) in [
            ("", "%"),
            ("abc", "A%"),
            ("abc", "%c"),
            ("abc", "_b_"),
            ("aXbXc", "a%x%c"),
            ("中文", "中_"),
            ("50%", "50\\%"),
            ("a_b", "a\\_b"),
            ("aaab", "%a%ab"),
            ("a\\b", "a\\\\b"),
        ] {
            assert!(like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [("", "_"), ("abc ", "abc"), ("500", "50\\%"), ("abc", "%b"), ("ab", "a\\_")] {
            assert!(!like(text, pattern), "{text} {pattern}");
        }
        assert!(Pattern::new("a\\", None).is_none());
        assert!(Pattern::new("\u{4e2d}_", None).expect("a pattern").matches_bytes(&[0xe4, 0xb8, 0xad, 0]));
    }

    #[test]
    fn hostile_patterns_take_no_long_time() {
        assert!(!like(&"a".repeat(3000), &format!("{}b", "%a".repeat(1000))));
    }
}
