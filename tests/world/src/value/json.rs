//! JSON documents of the model: their text as servers print it, and MySQL's
//! binary form. Layout: MySQL internals, "JSON binary format".

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub enum Doc {
    /// `null`.
    Null,
    /// `true` and `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Double(f64),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Doc>),
    /// An object; members in the order of the server: shorter names first.
    Object(Vec<(String, Doc)>),
}

/// How the source writes documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As MySQL: small containers where they fit, doubles little endian.
    MySql,
    /// As the Binlog Service 2.0.1: always large containers, doubles reversed.
    BinlogService,
}

impl Doc {
    /// The text that SELECT shows.
    #[must_use]
    pub fn text(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Double(value) => {
                let text = value.to_string();
                if text.contains('.') { text } else { text + ".0" }
            }
            Self::Text(text) => quoted(text),
            Self::List(items) => format!("[{}]", joined(items.iter().map(Self::text).collect())),
            Self::Object(members) => {
                let member = |(name, value): &(String, Self)| format!("{}: {}", quoted(name), value.text());
                format!("{{{}}}", joined(members.iter().map(member).collect()))
            }
        }
    }

    /// The binary form: type byte and value.
    #[must_use]
    pub fn binary(&self, form: Form) -> Vec<u8> {
        let mut out = vec![self.type_byte(form)];
        self.write(form, &mut out);
        out
    }

    fn type_byte(&self, form: Form) -> u8 {
        let large = u8::from(form == Form::BinlogService);
        match self {
            Self::Object(_) => large,
            Self::List(_) => 2 + large,
            Self::Null | Self::Bool(_) => 4,
            Self::Int(value) if i16::try_from(*value).is_ok() => 5,
            Self::Int(value) if i32::try_from(*value).is_ok() => 7,
            Self::Int(_) => 9,
            Self::Double(_) => 11,
            Self::Text(_) => 12,
        }
    }

    fn write(&self, form: Form, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0),
            Self::Bool(value) => out.push(if *value { 1 } else { 2 }),
            Self::Int(value) => match self.type_byte(form) {
                5 => out.extend_from_slice(&(*value as i16).to_le_bytes()),
                7 => out.extend_from_slice(&(*value as i32).to_le_bytes()),
                _ => out.extend_from_slice(&value.to_le_bytes()),
            },
            Self::Double(value) => match form {
                Form::MySql => out.extend_from_slice(&value.to_le_bytes()),
                Form::BinlogService => out.extend_from_slice(&value.to_be_bytes()),
            },
            Self::Text(text) => {
                write_length(text.len(), out);
                out.extend_from_slice(text.as_bytes());
            }
            Self::List(items) => {
                write_container(&[], &items.iter().collect::<Vec<_>>(), form, out);
            }
            Self::Object(members) => {
                let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                write_container(
                    &names,
                    &members.iter().map(|(_, value)| value).collect::<Vec<_>>(),
                    form,
                    out,
                );
            }
        }
    }
}

/// Count, size, entries of the names, entries of the values, names, values.
/// Offsets count from the container's first byte.
fn write_container(names: &[&str], values: &[&Doc], form: Form, out: &mut Vec<u8>) {
    let width = if form == Form::BinlogService { 4 } else { 2 };
    let number = |value: usize| (value as u32).to_le_bytes()[..width].to_vec();
    let head = 2 * width + names.len() * (width + 2) + values.len() * (1 + width);
    let (mut name_entries, mut value_entries, mut body) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        name_entries.extend(number(head + body.len()));
        name_entries.extend((name.len() as u16).to_le_bytes());
        body.extend_from_slice(name.as_bytes());
    }
    for value in values {
        let kind = value.type_byte(form);
        value_entries.push(kind);
        let mut bytes = Vec::new();
        value.write(form, &mut bytes);
        // Small values stand in the entry itself.
        if matches!(kind, 4 | 5) || (kind == 7 && width == 4) {
            bytes.resize(width, 0);
            value_entries.extend(bytes);
        } else {
            value_entries.extend(number(head + body.len()));
            body.extend(bytes);
        }
    }
    out.extend(number(values.len()));
    out.extend(number(head + body.len()));
    out.extend(name_entries);
    out.extend(value_entries);
    out.extend(body);
}

/// Seven bits a byte, lowest first.
fn write_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text")
}
