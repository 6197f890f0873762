//! JSON differences (PARTIAL_UPDATE_ROWS) applied to the old document. Format:
//! MySQL `Json_diff`: operation, path text, new value in binary form.

use crate::log::wire::{Malformed, Reader, Wire};

use super::json::{Container, LARGE_ARRAY, LARGE_OBJECT, SMALL_ARRAY, SMALL_OBJECT, scalar_length};

const WHAT: &str = "JSON difference";
const BAD: Malformed = Malformed::new(WHAT);
const MAX_DEPTH: usize = 128;

/// A document taken apart so that parts can be exchanged. Scalars keep their
/// binary form.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Object(Vec<(Vec<u8>, Node)>),
    Array(Vec<Node>),
    Scalar(u8, Vec<u8>),
}

/// Applies `differences` in order; returns the new document in binary form.
///
/// # Errors
/// When a difference is malformed or its path leads nowhere.
pub fn apply(document: &[u8], differences: &[u8]) -> Wire<Vec<u8>> {
    let (kind, value) = document.split_first().ok_or(BAD)?;
    let mut root = parse(*kind, value, 0)?;
    let mut reader = Reader::new(differences);
    while !reader.is_empty() {
        let operation = reader.u8(WHAT)?;
        let path_len = reader.lenenc_len(WHAT)?;
        let legs = parse_path(reader.take(path_len, WHAT)?)?;
        let new = match operation {
            REMOVE => None,
            REPLACE | INSERT => {
                let length = reader.lenenc_len(WHAT)?;
                let (kind, value) = reader.take(length, WHAT)?.split_first().ok_or(BAD)?;
                Some(parse(*kind, value, 0)?)
            }
            _ => return Err(BAD),
        };
        change(&mut root, operation, &legs, new)?;
    }
    let mut out = Vec::with_capacity(document.len() + differences.len());
    let (kind, value) = encode(&root)?;
    out.push(kind);
    out.extend_from_slice(&value);
    Ok(out)
}

const REPLACE: u8 = 0;
const INSERT: u8 = 1;
const REMOVE: u8 = 2;

fn parse(kind: u8, bytes: &[u8], depth: usize) -> Wire<Node> {
    if depth > MAX_DEPTH {
        return Err(BAD);
    }
    if !matches!(kind, SMALL_OBJECT | LARGE_OBJECT | SMALL_ARRAY | LARGE_ARRAY) {
        let length = scalar_length(kind, bytes)?;
        return Ok(Node::Scalar(kind, bytes.get(..length).ok_or(BAD)?.to_vec()));
    }
    let container = Container::read(kind, bytes)?;
    let child = |index| {
        let (kind, value) = container.value(index)?;
        parse(kind, value, depth + 1)
    };
    if container.is_object {
        (0..container.count)
            .map(|index| Ok((container.key(index)?.to_vec(), child(index)?)))
            .collect::<Wire<_>>()
            .map(Node::Object)
    } else {
        (0..container.count).map(child).collect::<Wire<_>>().map(Node::Array)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Leg {
    Member(Vec<u8>),
    Element(usize),
}

/// Reads a path such as `$.a[0]."b c"`.
fn parse_path(path: &[u8]) -> Wire<Vec<Leg>> {
    let mut rest = path.strip_prefix(b"$").ok_or(BAD)?;
    let mut legs = Vec::new();
    while let Some((first, tail)) = rest.split_first() {
        match first {
            b'.' if tail.first() == Some(&b'"') => {
                let mut stream = serde_json::Deserializer::from_slice(tail).into_iter::<String>();
                let name = stream.next().and_then(Result::ok).ok_or(BAD)?;
                rest = tail.get(stream.byte_offset()..).ok_or(BAD)?;
                legs.push(Leg::Member(name.into_bytes()));
            }
            b'.' => {
                let end = tail.iter().position(|byte| matches!(byte, b'.' | b'[')).unwrap_or(tail.len());
                let (name, after) = tail.split_at_checked(end).ok_or(BAD)?;
                legs.push(Leg::Member(name.to_vec()));
                rest = after;
            }
            b'[' => {
                let end = tail.iter().position(|byte| *byte == b']').ok_or(BAD)?;
                let digits =
                    tail.get(..end).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or(BAD)?;
                legs.push(Leg::Element(digits.trim().parse().map_err(|_| BAD)?));
                rest = tail.get(end + 1..).ok_or(BAD)?;
            }
            _ => return Err(BAD),
        }
    }
    Ok(legs)
}

fn change(root: &mut Node, operation: u8, legs: &[Leg], new: Option<Node>) -> Wire<()> {
    let Some((last, parents)) = legs.split_last() else {
        *root = new.ok_or(BAD)?;
        return Ok(());
    };
    let mut node = root;
    for leg in parents {
        node = descend(node, leg)?;
    }
    match (operation, last, node) {
        (REPLACE, leg, node) => *descend(node, leg)? = new.ok_or(BAD)?,
        (INSERT, Leg::Member(name), Node::Object(members)) => {
            // The server keeps members sorted by length, then by bytes.
            let key = |name: &Vec<u8>| (name.len(), name.clone());
            let place = members.iter().position(|(other, _)| key(other) > key(name)).unwrap_or(members.len());
            members.insert(place, (name.clone(), new.ok_or(BAD)?));
        }
        (INSERT, Leg::Element(index), Node::Array(elements)) => {
            elements.insert((*index).min(elements.len()), new.ok_or(BAD)?);
        }
        (REMOVE, Leg::Member(name), Node::Object(members)) => {
            let place = members.iter().position(|(other, _)| other == name).ok_or(BAD)?;
            members.remove(place);
        }
        (REMOVE, Leg::Element(index), Node::Array(elements)) => {
            if *index >= elements.len() {
                return Err(BAD);
            }
            elements.remove(*index);
        }
        _ => return Err(BAD),
    }
    Ok(())
}

fn descend<'n>(node: &'n mut Node, leg: &Leg) -> Wire<&'n mut Node> {
    match (node, leg) {
        (Node::Object(members), Leg::Member(name)) => {
            members.iter_mut().find(|(other, _)| other == name).map(|(_, node)| node).ok_or(BAD)
        }
        (Node::Array(elements), Leg::Element(index)) => elements.get_mut(*index).ok_or(BAD),
        // The server treats a scalar as an array of one.
        (node @ Node::Scalar(..), Leg::Element(0)) => Ok(node),
        _ => Err(BAD),
    }
}

/// Writes the large form, whatever the size: every reader knows both.
fn encode(node: &Node) -> Wire<(u8, Vec<u8>)> {
    let (kind, keys, values): (u8, Vec<&[u8]>, Vec<&Node>) = match node {
        Node::Scalar(kind, bytes) => return Ok((*kind, bytes.clone())),
        Node::Object(members) => (
            LARGE_OBJECT,
            members.iter().map(|(name, _)| name.as_slice()).collect(),
            members.iter().map(|(_, node)| node).collect(),
        ),
        Node::Array(elements) => (LARGE_ARRAY, Vec::new(), elements.iter().collect()),
    };
    let u32_of = |value: usize| u32::try_from(value).map_err(|_| BAD);
    let header = 8 + keys.len() * 6 + values.len() * 5;
    let mut entries = Vec::with_capacity(header);
    let mut tail: Vec<u8> = Vec::new();
    for key in &keys {
        entries.extend_from_slice(&u32_of(header + tail.len())?.to_le_bytes());
        entries.extend_from_slice(&u16::try_from(key.len()).map_err(|_| BAD)?.to_le_bytes());
        tail.extend_from_slice(key);
    }
    for value in values {
        let (kind, bytes) = encode(value)?;
        entries.push(kind);
        // Literals and integers of up to 32 bits sit in the entry.
        if (4..=8).contains(&kind) {
            let mut inline = [0; 4];
            inline.iter_mut().zip(&bytes).for_each(|(slot, byte)| *slot = *byte);
            entries.extend_from_slice(&inline);
        } else {
            entries.extend_from_slice(&u32_of(header + tail.len())?.to_le_bytes());
            tail.extend_from_slice(&bytes);
        }
    }
    let mut out = Vec::with_capacity(header + tail.len());
    out.extend_from_slice(&u32_of(entry_count(node))?.to_le_bytes());
    out.extend_from_slice(&u32_of(header + tail.len())?.to_le_bytes());
    out.extend_from_slice(&entries);
    out.extend_from_slice(&tail);
    Ok((kind, out))
}

fn entry_count(node: &Node) -> usize {
    match node {
        Node::Object(members) => members.len(),
        Node::Array(elements) => elements.len(),
        Node::Scalar(..) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::{JsonDoubles, write_json_text};
    use super::*;

    #[test]
    fn paths_with_quotes_and_indexes() {
        let legs = parse_path(b"$.a[2].\"b c\".d").expect("path");
        let member = |name: &str| Leg::Member(name.as_bytes().to_vec());
        assert_eq!(legs, [member("a"), Leg::Element(2), member("b c"), member("d")]);
        assert!(parse_path(b"a.b").is_err());
        assert!(parse_path(b"$.\"open").is_err());
    }

    #[test]
    fn replace_insert_and_remove() {
        // {"a": 1} -> replace a by true, insert b, remove a
        let document = [0, 1, 0, 12, 0, 11, 0, 1, 0, 5, 1, 0, b'a'];
        let mut document = document.to_vec();
        document[3] = 12;
        let differences = [
            &[0, 3][..],
            b"$.a",
            &[2, 4, 1], // replace by true
            &[1, 3],
            b"$.b",
            &[3, 5, 7, 0], // insert 7
            &[2, 3],
            b"$.a",
        ]
        .concat();
        let result = apply(&document, &differences).expect("applies");
        let mut text = Vec::new();
        write_json_text(&mut text, &result, JsonDoubles::Normal).expect("readable");
        assert_eq!(text, b"{\"b\": 7}");
        assert!(apply(&document, &[2, 3, b'$', b'.', b'x']).is_err());
    }
}
