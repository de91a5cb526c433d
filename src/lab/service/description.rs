//! Reading `hosts.toml`: where a value stands, what is wrong with it, and the part of a service's description that its kind reads.

use std::{ops::Range, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value},
    forward_to_deserialize_any,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{super::file_error::LabFileError, ServiceKind};

/// A file of the lab and its text: names a value's place when it is not what it should be.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) struct LabFileReader<'a> {
    pub(in crate::lab) file: &'a Path,
    pub(in crate::lab) text: &'a str,
}

impl<'a> LabFileReader<'a> {
    /// A table of the file as `T`.
    pub(in crate::lab) fn read<T: Deserialize<'a>>(self, table: Spanned<DeTable<'a>>) -> Result<T, LabFileError> {
        T::deserialize(toml::de::Deserializer::from(table)).map_err(|error| self.toml(&error))
    }

    /// The whole file.
    pub(in crate::lab) fn document(self) -> Result<Spanned<DeTable<'a>>, LabFileError> {
        DeTable::parse(self.text).map_err(|error| self.toml(&error))
    }

    pub(in crate::lab) fn check<T>(
        self,
        value: &Spanned<T>,
        holds: bool,
        expected: &'static str,
    ) -> Result<(), LabFileError> {
        if holds { Ok(()) } else { Err(self.wrong(value.span(), expected)) }
    }

    /// What stands at `span` is not what is expected there.
    pub(in crate::lab) fn wrong(self, span: Range<usize>, expected: &'static str) -> LabFileError {
        LabFileError::value(self.file, self.text, span, expected)
    }

    /// What stands at `span` does not belong there.
    pub(in crate::lab) fn unfit(self, span: Range<usize>, message: String) -> LabFileError {
        LabFileError::unfit(self.file, self.text, span, message)
    }

    fn toml(self, error: &toml::de::Error) -> LabFileError {
        LabFileError::toml(self.file, self.text, error)
    }
}

/// What `hosts.toml` says of a service beside its port, its kind and the gateway's port: its kind's own keys.
#[derive(Debug)]
pub(in crate::lab) struct Description<'a> {
    pub(in crate::lab) reader: LabFileReader<'a>,
    /// Where to point when something is missing.
    pub(in crate::lab) port: Range<usize>,
    pub(in crate::lab) kind: &'static ServiceKind,
    /// All kinds there are: a key may belong to another one.
    pub(in crate::lab) kinds: &'static [&'static ServiceKind],
    pub(in crate::lab) keys: Spanned<DeTable<'a>>,
}

impl<'a> Description<'a> {
    /// These keys as `T`, whose fields are the keys its kind says it has. For a key that belongs to another kind the error says so.
    pub(in crate::lab) fn read<T: Deserialize<'a>>(&mut self) -> Result<T, LabFileError> {
        let known = (self.kind.keys)();
        let unknown = self.keys.get_ref().keys().find(|key| !known.contains(&key.get_ref().as_ref()));
        if let Some(key) = unknown {
            return Err(self.reader.unfit(key.span(), self.misplaced(key.get_ref(), known)));
        }
        let table = std::mem::replace(&mut self.keys, Spanned::new(0..0, DeTable::new()));
        self.reader.read(table)
    }

    /// Checks what is not the value of a single key.
    pub(in crate::lab) fn check(&self, holds: bool, expected: &'static str) -> Result<(), LabFileError> {
        if holds { Ok(()) } else { Err(self.reader.wrong(self.port.clone(), expected)) }
    }

    fn misplaced(&self, key: &str, known: &[&str]) -> String {
        let others = self.kinds.iter().filter(|kind| (kind.keys)().contains(&key)).map(|kind| kind.name);
        let others: Vec<String> = others.map(|name| format!("speaks = \"{name}\"")).collect();
        if !others.is_empty() {
            return format!("`{key}` belongs to a service that says {}", others.join(" or "));
        }
        match known {
            [] => format!("unknown field `{key}`, expected port, speaks or gateway_port"),
            known => format!("unknown field `{key}`, expected one of `{}`", known.join("`, `")),
        }
    }
}

/// The tables of an array of tables, `[[host.service]]`.
pub(in crate::lab) fn tables<'a>(
    reader: LabFileReader<'a>,
    array: Option<Spanned<DeValue<'a>>>,
) -> Result<Vec<Spanned<DeTable<'a>>>, LabFileError> {
    let Some(array) = array else { return Ok(Vec::new()) };
    let span = array.span();
    let DeValue::Array(array) = array.into_inner() else { return Err(reader.wrong(span, TABLES)) };
    let table = |value: Spanned<DeValue<'a>>| match (value.span(), value.into_inner()) {
        (span, DeValue::Table(table)) => Ok(Spanned::new(span, table)),
        (span, _) => Err(reader.wrong(span, TABLES)),
    };
    array.into_iter().map(table).collect()
}

const TABLES: &str = "an array of tables: [[host.service]]";

/// The keys that `T` is made of.
pub(in crate::lab) fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // It fails in any case: all it is asked for is which fields it would read.
    T::deserialize(FieldNames(&mut keys)).err();
    keys
}

/// Tells which fields it is asked for, and gives none.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("there is nothing here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
