//! One page of a list. Knows nothing of what is listed.

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Rows of all pages.
    pub total: usize,
    /// Number of this page, from one.
    pub number: usize,
    /// Rows of a full page.
    pub size: usize,
}

impl<T> Page<T> {
    /// A page of a whole list; a number beyond the end is the last page.
    #[must_use]
    pub fn of(all: Vec<T>, number: usize, size: usize) -> Self {
        let total = all.len();
        let number = Self::fitting(number, total, size);
        let rows = all.into_iter().skip((number - 1) * size).take(size).collect();
        Self { rows, total, number, size }
    }

    /// The number of a page that exists.
    #[must_use]
    pub fn fitting(number: usize, total: usize, size: usize) -> usize {
        number.clamp(1, total.div_ceil(size.max(1)).max(1))
    }

    /// Whether another page follows.
    #[must_use]
    pub fn more(&self) -> bool {
        self.number * self.size < self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_a_page() {
        let page = |number| Page::of((0..45).collect::<Vec<_>>(), number, 20);
        assert_eq!((page(0).number, page(3).rows.len(), page(9).number), (1, 5, 3));
        assert!(page(2).more() && !page(3).more());
        assert_eq!(Page::of(Vec::<u8>::new(), 7, 20).number, 1);
    }
}
