//! CAST. Texts are never cast to numbers or times: servers stop reading a text
//! at different places.

use tidewire_words::Text;

use crate::endpoint::DatasourceKind;

use super::super::error::{FilterError, FilterErrorKind, FilterResult};
use super::super::expression::Expr;
use super::super::syntax::{CastType, Node};
use super::kind::{IntForm, Kind, Typed};
use super::text::{shape_of, to_text};
use super::{Compiler, compare};

impl Compiler<'_> {
    pub(super) fn cast(&mut self, at: usize, part: &Node, target: CastType) -> FilterResult<Typed> {
        let part = self.operand(part)?;
        if part.kind == Kind::Null {
            return Ok(Typed::null(at));
        }
        let refused = |word: Text| FilterError::new(part.at, FilterErrorKind::Operand("CAST", word));
        let word = part.kind.word();
        let column = part.column;
        let (kind, expr) = match (target, &part.kind) {
            (CastType::Signed, Kind::Int { .. } | Kind::Decimal { .. }) => {
                (Kind::int(20), Expr::ToSigned(Box::new(part.expr)))
            }
            // OceanBase drops this cast when a decimal literal is added or multiplied.
            (CastType::Unsigned, Kind::Int { unsigned: false, .. })
                if self.source == DatasourceKind::OceanbaseCe && !part.expr.is_known() =>
            {
                return Err(FilterError::new(at, FilterErrorKind::CastUnsigned));
            }
            (CastType::Unsigned, Kind::Int { .. } | Kind::Decimal { .. }) => {
                let kind = Kind::Int { unsigned: true, digits: 20, form: IntForm::Plain };
                (kind, Expr::ToUnsigned(Box::new(part.expr)))
            }
            (CastType::Decimal(digits, scale), Kind::Int { .. } | Kind::Decimal { .. }) => {
                let kind = Kind::Decimal { whole: digits.saturating_sub(scale), scale, unsigned: false };
                (kind, Expr::ToDecimal(Box::new(part.expr), digits, scale))
            }
            (CastType::Char(_), Kind::Int { form: IntForm::Bit, .. }) => return Err(refused(word)),
            (CastType::Char(_), _) if part.zerofill => {
                return Err(FilterError::new(part.at, FilterErrorKind::Zerofill));
            }
            (
                CastType::Char(limit),
                Kind::Int { .. } | Kind::Decimal { .. } | Kind::Moment { .. } | Kind::Span(_),
            ) => {
                let shape = shape_of(&part.kind);
                return Ok(to_text(part, shape, limit));
            }
            (CastType::Binary, Kind::Bytes | Kind::Hex(_)) => (Kind::Bytes, part.expr),
            (CastType::Binary, Kind::Literal(text)) => {
                (Kind::Bytes, compare::bytes(text.clone().into_bytes()))
            }
            (CastType::Binary, Kind::Text(text)) if text.utf8 => {
                (Kind::Bytes, Expr::ToBytes(Box::new(part.expr)))
            }
            (CastType::Date | CastType::DateTime(_), Kind::Literal(text)) => {
                return literal(part.at, text, target);
            }
            (CastType::Date, Kind::Moment { .. }) => {
                (Kind::Moment { date_only: true, digits: 0, stamp: false }, Expr::ToDate(Box::new(part.expr)))
            }
            (CastType::DateTime(digits), Kind::Moment { digits: has, .. }) if digits >= *has => {
                (Kind::Moment { date_only: false, digits, stamp: false }, part.expr)
            }
            (CastType::DateTime(_), Kind::Moment { .. }) => {
                return Err(FilterError::new(at, FilterErrorKind::Fraction));
            }
            _ => return Err(refused(word)),
        };
        Ok(Typed::new(at, kind, expr, column))
    }
}

/// A literal cast to a date or a time.
fn literal(at: usize, text: &str, target: CastType) -> FilterResult<Typed> {
    let literal = compare::moment_literal(at, text, false)?;
    Ok(match target {
        CastType::DateTime(digits) if literal.digits > digits => {
            return Err(FilterError::new(at, FilterErrorKind::Fraction));
        }
        CastType::DateTime(digits) => compare::moment(at, literal.value, false, digits),
        _ => compare::moment(at, super::super::moment::day_of(literal.value), true, 0),
    })
}
