//! Steps through the words of a statement. `None` from a reader means that the
//! words are not of a kind that is understood.

use crate::sql::Token;

/// The words and the place reached.
pub(super) struct Cursor {
    tokens: Vec<Token>,
    at: usize,
}

/// A table's name with its database.
pub(crate) type TablePair = (String, String);

impl Cursor {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, at: 0 }
    }

    /// How many words were read.
    pub(super) const fn place(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// The next words, this many at most.
    pub(super) fn head(&self, count: usize) -> impl Iterator<Item = &Token> {
        self.tokens.iter().skip(self.at).take(count)
    }

    pub(super) fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn is_done(&self) -> bool {
        self.tokens.iter().skip(self.at).all(|token| *token == Token::Sign(';'))
    }

    /// Leaves out everything up to the end.
    pub(super) fn skip_rest(&mut self) {
        self.at = self.tokens.len();
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is(keyword))
    }

    /// Whether the next words are these.
    pub(super) fn are(&self, keywords: &[&str]) -> bool {
        keywords
            .iter()
            .enumerate()
            .all(|(index, keyword)| self.tokens.get(self.at + index).is_some_and(|token| token.is(keyword)))
    }

    /// Takes a keyword if it stands next.
    pub(super) fn take(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    /// Takes several keywords if all of them stand next.
    pub(super) fn take_all(&mut self, keywords: &[&str]) -> bool {
        let found = self.are(keywords);
        if found {
            self.at += keywords.len();
        }
        found
    }

    /// Takes the first keyword of these that stands next.
    pub(super) fn take_one<'k>(&mut self, keywords: &[&'k str]) -> Option<&'k str> {
        let found = keywords.iter().copied().find(|keyword| self.is(keyword))?;
        self.at += 1;
        Some(found)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    pub(super) fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn need_sign(&mut self, sign: char) -> Option<()> {
        self.take_sign(sign).then_some(())
    }

    pub(super) fn need(&mut self, keyword: &str) -> Option<()> {
        self.take(keyword).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<String> {
        self.next()?.name().map(str::to_owned)
    }

    /// A name, or a text that stands for one (`CHARACTER SET 'utf8'`).
    pub(super) fn name_or_text(&mut self) -> Option<String> {
        match self.next()? {
            Token::Text(text) => Some(text.clone()),
            token => token.name().map(str::to_owned),
        }
    }

    pub(super) fn text(&mut self) -> Option<String> {
        match self.next()? {
            Token::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        match self.next()? {
            Token::Word(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// `[database.]table`.
    pub(super) fn table(&mut self, database: &str) -> Option<TablePair> {
        let first = self.name()?;
        if self.take_sign('.') {
            return Some((first, self.name()?));
        }
        Some((database.to_owned(), first))
    }

    /// Leaves out `( .. )` with what is nested in it.
    pub(super) fn skip_brackets(&mut self) -> Option<()> {
        self.need_sign('(')?;
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Token::Sign('(') => depth += 1,
                Token::Sign(')') => depth -= 1,
                _ => {}
            }
        }
        Some(())
    }

    /// Leaves out everything up to a comma or a closing bracket of this level.
    pub(super) fn skip_item(&mut self) -> Option<()> {
        while let Some(token) = self.peek() {
            match token {
                Token::Sign(',' | ')' | ';') => break,
                Token::Sign('(') => self.skip_brackets()?,
                _ => self.at += 1,
            }
        }
        Some(())
    }

    /// `(item, item, ..)`, each read by `read`.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.need_sign('(')?;
        let mut items = vec![read(self)?];
        while self.take_sign(',') {
            items.push(read(self)?);
        }
        self.need_sign(')')?;
        Some(items)
    }
}
