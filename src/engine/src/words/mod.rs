//! The engine's own sentences. The kinds of its errors bring theirs.

pub mod fault;
pub mod filter;

#[cfg(test)]
mod tests {
    use super::{fault, filter};

    #[test]
    fn both_languages_say_it() {
        let tables = [("fault", fault::ENTRIES), ("filter", filter::ENTRIES)];
        assert_eq!(tidewire_words::check::faults(&tables, &[]), Vec::<String>::new());
    }
}
