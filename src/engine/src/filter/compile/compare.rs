//! Comparisons: all sides are brought to one kind, and literals to the kind of
//! what they are compared with.

use crate::endpoint::DatasourceKind;

use super::super::error::{FilterError, FilterErrorKind, FilterResult};
use super::super::expression::{Expr, Order, Truth, Value};
use super::super::moment::{self, Literal, Refused};
use super::super::number::Number;
use super::super::syntax::{ClockWord, Node};
use super::Compiler;
use super::kind::{IntForm, Kind, TextKind, Typed};
use super::text::is_literal;

impl Compiler<'_> {
    /// Compiles parts that are compared with each other. `equality`: nobody
    /// asks which comes first. `literals`: the operator that takes only
    /// literals to its right on MySQL.
    pub(super) fn comparable<const N: usize>(
        &mut self,
        nodes: &[&Node; N],
        equality: bool,
        literals: Option<&'static str>,
    ) -> FilterResult<(Order, [Expr; N])> {
        let parts = nodes.iter().map(|node| self.operand(node)).collect::<FilterResult<Vec<_>>>()?;
        if let Some(name) = literals {
            self.only_literals(name, &parts)?;
        }
        let (order, exprs) = self.unified(parts, equality)?;
        let at = nodes.first().map_or(1, |node| node.at);
        let exprs = exprs.try_into().map_err(|_| FilterError::new(at, FilterErrorKind::End))?;
        Ok((order, exprs))
    }

    pub(super) fn in_list(&mut self, nodes: &[Node]) -> FilterResult<Truth> {
        let parts = nodes.iter().map(|node| self.operand(node)).collect::<FilterResult<Vec<_>>>()?;
        self.only_literals("IN", &parts)?;
        let (order, exprs) = self.unified(parts, true)?;
        let mut exprs = exprs.into_iter();
        let of = exprs.next().unwrap_or(Expr::Known(None));
        Ok(Truth::In(order, Box::new(of), exprs.collect()))
    }

    /// MySQL 5.6 mixes up signs, NULL and times when these operators meet
    /// anything but literals.
    fn only_literals(&self, name: &'static str, parts: &[Typed]) -> FilterResult<()> {
        if self.source != DatasourceKind::Mysql {
            return Ok(());
        }
        let span = parts.iter().any(|part| matches!(part.kind, Kind::Span(_)));
        let unsigned = parts.iter().any(|part| part.kind.is_unsigned());
        // Outside of what both kinds of BIGINT hold.
        let beyond = |part: &Typed| match part.constant() {
            Some(Number::Int(value)) => u64::try_from(value).is_err() || i64::try_from(value).is_err(),
            Some(number) => number.is_negative(),
            None => false,
        };
        let fits = |part: &&Typed| match name {
            "IN" if span && part.kind == Kind::Null => false,
            "IN" | "BETWEEN" => part.expr.is_known() && !(unsigned && beyond(part)),
            _ => false,
        };
        let left = parts.first().filter(|left| name != "IN" && !left.expr.is_column());
        match left.or_else(|| parts.iter().skip(1).find(|part| !fits(part))) {
            Some(part) => Err(FilterError::new(part.at, FilterErrorKind::NeedsLiterals(name))),
            None => Ok(()),
        }
    }

    fn unified(&self, parts: Vec<Typed>, equality: bool) -> FilterResult<(Order, Vec<Expr>)> {
        let bytes = parts.iter().find(|part| part.kind == Kind::Bytes);
        let Some(leader) = bytes.or_else(|| parts.iter().find(|part| !is_literal(part))) else {
            return match parts.iter().find(|part| part.kind != Kind::Null) {
                Some(literal) => Err(FilterError::new(literal.at, FilterErrorKind::NoColumn)),
                None => Ok((Order::Natural, parts.into_iter().map(|part| part.expr).collect())),
            };
        };
        let (kind, at) = (leader.kind.clone(), leader.at);
        let order = match &kind {
            Kind::Text(_) => {
                let collation = self.collation(at, &parts.iter().collect::<Vec<_>>())?;
                if !equality && !collation.has_order() {
                    let refused = FilterErrorKind::CollationOrder(collation.name.to_owned());
                    return Err(FilterError::new(at, refused));
                }
                Order::Text(collation)
            }
            _ => Order::Natural,
        };
        let zones = parts.iter().all(|part| match part.kind {
            Kind::Moment { stamp, .. } => stamp,
            _ => true,
        });
        years(&parts)?;
        let exprs = parts.into_iter().map(|part| adapted(part, &kind, zones)).collect::<FilterResult<_>>()?;
        Ok((order, exprs))
    }
}

/// A part as the kind of the leading one.
fn adapted(part: Typed, leader: &Kind, zones: bool) -> FilterResult<Expr> {
    let mixed = FilterErrorKind::Mixed(leader.family_word(), part.kind.family_word());
    let at = part.at;
    Ok(match (leader, part.kind) {
        (_, Kind::Null)
        | (Kind::Int { .. } | Kind::Decimal { .. }, Kind::Int { .. } | Kind::Decimal { .. })
        | (Kind::Text(_), Kind::Text(_) | Kind::Literal(_))
        | (Kind::Bytes, Kind::Bytes | Kind::Hex(_))
        | (Kind::Moment { .. }, Kind::Moment { .. })
        | (Kind::Span(_), Kind::Span(_)) => part.expr,
        (Kind::Bytes, Kind::Literal(text)) => bytes(text.into_bytes()),
        (Kind::Bytes, Kind::Text(TextKind { utf8: true, .. })) => Expr::ToBytes(Box::new(part.expr)),
        (Kind::Moment { .. }, Kind::Literal(text)) => {
            Expr::Known(Some(Value::Moment(moment_literal(at, &text, zones)?.value)))
        }
        (Kind::Span(_), Kind::Literal(text)) => {
            Expr::Known(Some(Value::Span(span_literal(at, &text)?.value)))
        }
        _ => return Err(FilterError::new(at, mixed)),
    })
}

/// Servers read numbers below 100 as years of two digits, but only literals.
fn years(parts: &[Typed]) -> FilterResult<()> {
    let is_year = |part: &Typed| matches!(part.kind, Kind::Int { form: IntForm::Year, .. });
    if !parts.iter().any(is_year) {
        return Ok(());
    }
    let fits = |part: &Typed| match (&part.kind, part.constant()) {
        (Kind::Int { .. }, Some(Number::Int(year))) => !(1..100).contains(&year),
        (Kind::Int { .. } | Kind::Decimal { .. }, _) => is_year(part),
        // Null, or refused as another kind right after.
        _ => true,
    };
    match parts.iter().find(|part| !fits(part)) {
        Some(part) => Err(FilterError::new(part.at, FilterErrorKind::Year)),
        None => Ok(()),
    }
}

pub(super) fn bytes(bytes: Vec<u8>) -> Expr {
    Expr::Known(Some(Value::Bytes(bytes.into())))
}

pub(super) fn moment(at: usize, value: i64, date_only: bool, digits: u8) -> Typed {
    let kind = Kind::Moment { date_only, digits, stamp: false };
    Typed::new(at, kind, Expr::Known(Some(Value::Moment(value))), None)
}

/// `DATE '..'`, `TIME '..'` and `TIMESTAMP '..'`.
pub(super) fn clock_literal(at: usize, word: ClockWord, text: &str) -> FilterResult<Typed> {
    let form = || FilterError::new(at, FilterErrorKind::TimeForm(text.to_owned()));
    match word {
        ClockWord::Time => {
            let literal = span_literal(at, text)?;
            let expr = Expr::Known(Some(Value::Span(literal.value)));
            Ok(Typed::new(at, Kind::Span(literal.digits), expr, None))
        }
        ClockWord::Date | ClockWord::Timestamp => {
            let literal = moment_literal(at, text, false)?;
            if literal.date_only != (word == ClockWord::Date) {
                return Err(form());
            }
            Ok(moment(at, literal.value, literal.date_only, literal.digits))
        }
    }
}

pub(super) fn moment_literal(at: usize, text: &str, zones: bool) -> FilterResult<Literal> {
    let literal = moment::parse(text).map_err(|refused| refusal(at, text, refused))?;
    if literal.zoned && !zones {
        return Err(FilterError::new(at, FilterErrorKind::Zone(text.to_owned())));
    }
    Ok(literal)
}

fn span_literal(at: usize, text: &str) -> FilterResult<Literal> {
    moment::parse_time(text).map_err(|refused| refusal(at, text, refused))
}

fn refusal(at: usize, text: &str, refused: Refused) -> FilterError {
    // A long text would drown the message.
    let shown: String = text.chars().take(40).collect();
    let kind = match refused {
        Refused::Form => FilterErrorKind::TimeForm(shown),
        Refused::NoSuchTime => FilterErrorKind::NoSuchTime(shown),
    };
    FilterError::new(at, kind)
}
