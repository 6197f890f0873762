//! What becomes of a transaction's rows, told from the marks in it: savepoints, the
//! ways back to them, and its end. Marks are counted, not placed: replicas cut their
//! events otherwise, and keep the statements.

/// The marks of a transaction as they are read ahead.
#[derive(Debug)]
pub struct Marks {
    /// Marks that the run itself has come by.
    passed: usize,
    count: usize,
    savepoints: Vec<(String, usize)>,
    outcome: Outcome,
}

/// What becomes of a transaction's rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Nothing of it ever happened.
    pub undone: bool,
    /// Savepoints before the place of the run that the transaction goes back to, in
    /// the order in which it does.
    pub back_to: Vec<String>,
    /// Rows behind so many marks, and before so many, never happened; sorted and apart.
    ranges: Vec<(usize, usize)>,
}

impl Outcome {
    /// Whether rows behind so many marks never happened.
    #[must_use]
    pub fn undoes(&self, marks: usize) -> bool {
        let next = self.ranges.partition_point(|(_, end)| *end <= marks);
        self.undone || self.ranges.get(next).is_some_and(|(begin, _)| *begin <= marks)
    }
}

impl Marks {
    /// Of a transaction of which the run has come by so many.
    #[must_use]
    pub fn new(passed: usize) -> Self {
        Self { passed, count: 0, savepoints: Vec::new(), outcome: Outcome::default() }
    }

    /// A savepoint; one of the same name is replaced.
    pub fn savepoint(&mut self, name: String) {
        self.count += 1;
        self.savepoints.retain(|(known, _)| *known != name);
        self.savepoints.push((name, self.count));
    }

    /// The way back to a savepoint; later ones are forgotten. One that is not known
    /// was taken before the first row.
    pub fn rollback_to(&mut self, name: &str) {
        self.count += 1;
        let known = self.savepoints.iter().rposition(|(known, _)| known == name);
        self.savepoints.truncate(known.map_or(0, |known| known + 1));
        let begin = self.savepoints.last().map_or(0, |(_, at)| *at);
        if self.count <= self.passed {
            return;
        }
        if begin <= self.passed {
            self.outcome.back_to.push(name.to_owned());
        }
        while self.outcome.ranges.pop_if(|(inner, _)| *inner >= begin).is_some() {}
        self.outcome.ranges.push((begin, self.count));
    }

    /// The end of the transaction.
    #[must_use]
    pub fn end(self, committed: bool) -> Outcome {
        Outcome { undone: !committed, ..self.outcome }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks as words: `a` takes a savepoint, `-a` goes back to it.
    fn outcome(passed: usize, marks: &str) -> Outcome {
        let mut read = Marks::new(passed);
        for mark in marks.split_whitespace() {
            match mark.strip_prefix('-') {
                Some(name) => read.rollback_to(name),
                None => read.savepoint(mark.to_owned()),
            }
        }
        read.end(true)
    }

    fn undone(outcome: &Outcome, marks: usize) -> String {
        (0..=marks).map(|mark| if outcome.undoes(mark) { 'x' } else { '.' }).collect()
    }

    #[test]
    fn rows_between_a_savepoint_and_the_way_back_never_happened() {
        for (marks, expected) in [
            ("", "."),
            ("a", ".."),
            ("a -a", ".x."),
            ("a b -b", "..x."),
            ("a b -a", ".xx."),
            ("a -a -a", ".xx."),
            ("a b -b c -a d -d", ".xxxx.x."),
            ("a b a -a", "...x."),
            ("a -a a -a", ".x.x."),
        ] {
            let count = marks.split_whitespace().count();
            let found = outcome(0, marks);
            assert_eq!(undone(&found, count), expected, "{marks}");
        }
        assert!(Marks::new(0).end(false).undoes(0));
    }

    #[test]
    fn ways_back_over_the_place_of_the_run_are_told() {
        assert_eq!(outcome(1, "a b -b -a").back_to, ["a"]);
        assert_eq!(outcome(2, "a b -b -a").back_to, ["b", "a"]);
        // What lies behind the run it has done itself.
        let found = outcome(3, "a b -b c -c");
        assert_eq!((found.back_to.as_slice(), undone(&found, 5).as_str()), (&[][..], "....x."));
        assert_eq!(undone(&outcome(1, "a -a"), 2), ".x.");
    }
}
