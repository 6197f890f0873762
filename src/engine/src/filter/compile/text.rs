//! Texts: which collation decides, and the functions CONCAT, SUBSTR, REPLACE
//! and LIKE.
//!
//! COLLATE wins, then the columns' own collation; literals follow. Two columns
//! of different collations meet only under COLLATE.

use super::super::collation::Collation;
use super::super::error::{FilterError, FilterErrorKind, FilterResult};
use super::super::expression::{Expr, Shape, Truth, Value};
use super::super::like::Pattern;
use super::super::number::Number;
use super::super::syntax::Node;
use super::kind::{IntForm, Kind, TextKind, Typed};
use super::{Compiler, wrong_operand};

pub(super) fn constant(text: String) -> Expr {
    Expr::Known(Some(Value::Text(text.into())))
}

impl Compiler<'_> {
    /// The collation of texts that meet; the rest of `parts` is ignored.
    pub(super) fn collation(&self, at: usize, parts: &[&Typed]) -> FilterResult<Collation> {
        let kind = self.merged(at, parts)?;
        self.chosen(at, &kind)
    }

    fn chosen(&self, at: usize, kind: &TextKind) -> FilterResult<Collation> {
        if let Some(explicit) = kind.explicit {
            return Ok(explicit);
        }
        match &kind.columns {
            None => Ok(Collation::DEFAULT),
            Some(name) => Collation::find(name, self.source)
                .ok_or_else(|| FilterError::new(at, FilterErrorKind::Collation(name.clone()))),
        }
    }

    /// What several texts bring together.
    fn merged(&self, at: usize, parts: &[&Typed]) -> FilterResult<TextKind> {
        let mut all = TextKind { utf8: true, ..TextKind::default() };
        for part in parts {
            let Kind::Text(kind) = &part.kind else { continue };
            all.utf8 &= kind.utf8;
            match (all.explicit, kind.explicit) {
                (Some(one), Some(other)) if one != other => {
                    return Err(clash(part.at, one.name, other.name));
                }
                (None, explicit) => all.explicit = explicit,
                _ => {}
            }
        }
        for part in parts {
            let Kind::Text(TextKind { columns: Some(name), .. }) = &part.kind else { continue };
            match (&all.columns, all.explicit) {
                (_, Some(explicit)) if explicit.charset != Collation::charset_of(name) => {
                    let kind = FilterErrorKind::CollateCharset(explicit.name.to_owned(), name.clone());
                    return Err(FilterError::new(part.at, kind));
                }
                (Some(before), None) if before != name => return Err(clash(part.at, before, name)),
                (None, _) => all.columns = Some(name.clone()),
                _ => {}
            }
        }
        // A literal that the column's charset can't express has no exact answer.
        if let Some(collation) = all.columns.as_ref().and_then(|name| self.of_charset(name, all.explicit)) {
            for part in parts {
                let Kind::Literal(text) = &part.kind else { continue };
                if !collation.holds(text) {
                    let kind = FilterErrorKind::Characters(collation.charset.to_owned());
                    return Err(FilterError::new(part.at, kind));
                }
            }
        }
        if all.explicit.is_none() && all.columns.is_none() && parts.iter().all(|part| is_literal(part)) {
            return Err(FilterError::new(at, FilterErrorKind::NoColumn));
        }
        Ok(all)
    }

    fn of_charset(&self, name: &str, explicit: Option<Collation>) -> Option<Collation> {
        explicit.or_else(|| Collation::find(name, self.source))
    }

    pub(super) fn collate(&mut self, at: usize, part: &Node, name: &str) -> FilterResult<Typed> {
        let part = self.operand(part)?;
        let collation = Collation::find(name, self.source)
            .ok_or_else(|| FilterError::new(at, FilterErrorKind::Collation(name.to_owned())))?;
        let kind = match &part.kind {
            Kind::Null => return Ok(Typed::null(at)),
            Kind::Text(kind) => kind.clone(),
            Kind::Literal(_) => TextKind { utf8: true, ..TextKind::default() },
            _ => return Err(wrong_operand("COLLATE", &part)),
        };
        let charset = kind.columns.as_deref().map_or_else(|| "utf8mb4".to_owned(), Collation::charset_of);
        if charset != collation.charset {
            let column = kind.columns.unwrap_or(charset);
            let refused = FilterErrorKind::CollateCharset(collation.name.to_owned(), column);
            return Err(FilterError::new(at, refused));
        }
        let kind = Kind::Text(TextKind { explicit: Some(collation), ..kind });
        Ok(Typed::new(part.at, kind, part.expr, part.column))
    }

    /// A part as text, the way functions see it.
    fn text_operand(&mut self, name: &'static str, node: &Node) -> FilterResult<Typed> {
        as_text(name, self.operand(node)?)
    }

    pub(super) fn concat(&mut self, at: usize, parts: &[Node]) -> FilterResult<Typed> {
        let parts =
            parts.iter().map(|part| self.text_operand("CONCAT", part)).collect::<FilterResult<Vec<_>>>()?;
        let kind = self.merged(at, &parts.iter().collect::<Vec<_>>())?;
        let column = parts.iter().find_map(|part| part.column);
        let exprs = parts.into_iter().map(|part| part.expr).collect();
        Ok(Typed::new(at, Kind::Text(kind), Expr::Concat(exprs), column))
    }

    pub(super) fn substr(&mut self, at: usize, parts: &[Node]) -> FilterResult<Typed> {
        let wrong = || FilterError::new(at, FilterErrorKind::Arguments("SUBSTR".to_owned()));
        let [of, range @ ..] = parts else { return Err(wrong()) };
        let typed = self.operand(of)?;
        let (kind, typed) = if matches!(typed.kind, Kind::Bytes) {
            (Kind::Bytes, typed)
        } else {
            let text = as_text("SUBSTR", typed)?;
            (Kind::Text(self.merged(at, &[&text])?), text)
        };
        let mut bounds = Vec::new();
        for bound in range {
            let bound = self.operand(bound)?;
            if !matches!(bound.kind, Kind::Int { .. } | Kind::Null) {
                return Err(wrong_operand("SUBSTR", &bound));
            }
            bounds.push(bound.expr);
        }
        if bounds.len() == 1 {
            bounds.push(Expr::Known(Some(Value::Number(Number::Int(i128::from(i64::MAX))))));
        }
        let bounds = <[Expr; 2]>::try_from(bounds).map_err(|_| wrong())?;
        Ok(Typed::new(at, kind, Expr::Substr(Box::new(typed.expr), Box::new(bounds)), typed.column))
    }

    pub(super) fn replace(&mut self, at: usize, parts: &[Node; 3]) -> FilterResult<Typed> {
        let [of, from, to] = parts;
        let parts = [
            self.text_operand("REPLACE", of)?,
            self.text_operand("REPLACE", from)?,
            self.text_operand("REPLACE", to)?,
        ];
        let kind = self.merged(at, &parts.iter().collect::<Vec<_>>())?;
        let column = parts.iter().find_map(|part| part.column);
        Ok(Typed::new(at, Kind::Text(kind), Expr::Replace(Box::new(parts.map(|part| part.expr))), column))
    }

    pub(super) fn like(&mut self, pair: &[Node; 2]) -> FilterResult<Truth> {
        let [of, pattern] = pair;
        let (of, pattern) = (self.operand(of)?, self.operand(pattern)?);
        let refused = || FilterError::new(pattern.at, FilterErrorKind::Pattern);
        let Kind::Literal(text) = &pattern.kind else {
            return if pattern.kind == Kind::Null { Ok(Truth::Known(None)) } else { Err(refused()) };
        };
        let collation = match &of.kind {
            Kind::Null => return Ok(Truth::Known(None)),
            Kind::Text(_) => Some(self.collation(of.at, &[&of, &pattern])?),
            Kind::Bytes => None,
            Kind::Literal(_) => return Err(FilterError::new(of.at, FilterErrorKind::NoColumn)),
            _ => return Err(wrong_operand("LIKE", &of)),
        };
        let pattern = Pattern::new(text, collation).ok_or_else(refused)?;
        Ok(Truth::Like(collation, of.expr, pattern))
    }
}

fn as_text(name: &'static str, part: Typed) -> FilterResult<Typed> {
    let shape = match &part.kind {
        Kind::Text(_) | Kind::Literal(_) | Kind::Null => return Ok(part),
        Kind::Int { form: IntForm::Bit, .. } | Kind::Bytes | Kind::Hex(_) => {
            return Err(wrong_operand(name, &part));
        }
        _ if part.zerofill => return Err(FilterError::new(part.at, FilterErrorKind::Zerofill)),
        kind => shape_of(kind),
    };
    Ok(to_text(part, shape, None))
}

pub(super) const fn is_literal(part: &Typed) -> bool {
    matches!(part.kind, Kind::Literal(_) | Kind::Hex(_) | Kind::Null)
}

/// How a number or a time is written.
pub(super) const fn shape_of(kind: &Kind) -> Shape {
    match kind {
        Kind::Int { form: IntForm::Year, .. } => Shape::Year,
        Kind::Moment { date_only: true, .. } => Shape::Date,
        Kind::Moment { digits, .. } | Kind::Span(digits) => Shape::Clock(*digits),
        _ => Shape::Plain,
    }
}

/// A number or a time as text, which has no collation of its own.
pub(super) fn to_text(part: Typed, shape: Shape, limit: Option<usize>) -> Typed {
    let kind = Kind::Text(TextKind { utf8: true, ..TextKind::default() });
    Typed::new(part.at, kind, Expr::ToText(Box::new(part.expr), shape, limit), part.column)
}

fn clash(at: usize, one: &str, other: &str) -> FilterError {
    FilterError::new(at, FilterErrorKind::Collations(one.to_owned(), other.to_owned()))
}
