//! A table that can be handed in: numbers as numbers, units in the heads.

use std::time::Duration;

/// A table: a head for each column, and rows with a value for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// What it is about.
    pub(crate) title: String,
    /// Names of the columns, with their units: `time (s)`.
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Words(String),
    Number(f64),
    Count(u64),
    /// There is none.
    Nothing,
}

impl Value {
    pub(crate) fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    /// In seconds.
    pub(crate) fn time(time: Duration) -> Self {
        Self::Number(time.as_secs_f64())
    }

    /// In seconds, where it is known.
    pub(crate) fn maybe_time(time: Option<Duration>) -> Self {
        time.map_or(Self::Nothing, Self::time)
    }

    /// What a spreadsheet reads.
    fn plain(&self) -> String {
        match self {
            Self::Words(text) => text.clone(),
            Self::Number(number) if number.is_finite() => number.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Number(_) | Self::Nothing => String::new(),
        }
    }
}

impl Table {
    pub(crate) fn new<'a>(title: impl Into<String>, heads: impl IntoIterator<Item = &'a str>) -> Self {
        Self { title: title.into(), heads: heads.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }

    /// Comma-separated values as RFC 4180 has them: a line of heads, then a line a row, each ended by CRLF.
    pub(super) fn csv(&self) -> String {
        self.lines(",", "\r\n", &quoted)
    }

    /// Separated by tabs, as spreadsheets take text from the clipboard. Tabs and line ends inside of values become spaces.
    pub(super) fn tsv(&self) -> String {
        self.lines("\t", "\n", &|text| text.replace(['\t', '\r', '\n'], " "))
    }

    fn lines(&self, between: &str, end: &str, write: &dyn Fn(String) -> String) -> String {
        let mut text = self.heads.iter().map(|head| write(head.clone())).collect::<Vec<_>>().join(between);
        text.push_str(end);
        for row in &self.rows {
            // Every line has as many fields as there are heads (RFC 4180 §2, clause 4).
            let values = row.iter().map(Value::plain).chain(std::iter::repeat_with(String::new));
            let fields: Vec<String> = values.take(self.heads.len()).map(write).collect();
            text.push_str(&fields.join(between));
            text.push_str(end);
        }
        text
    }
}

/// RFC 4180 §2, clauses 5 to 7.
fn quoted(text: String) -> String {
    if text.contains([',', '"', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod a_table {
    use proptest::prelude::*;

    use super::*;

    /// A reader of RFC 4180 §2, written apart from the writer.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut records, mut record, mut field, mut inside) = (Vec::new(), Vec::new(), String::new(), false);
        let mut signs = text.chars().peekable();
        while let Some(sign) = signs.next() {
            match (inside, sign) {
                (true, '"') if signs.peek() == Some(&'"') => field.extend(signs.next()),
                (_, '"') => inside = !inside,
                (false, ',') => record.push(std::mem::take(&mut field)),
                (false, '\r') => {
                    assert_eq!(signs.next(), Some('\n'));
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
                (_, sign) => field.push(sign),
            }
        }
        assert!(field.is_empty() && record.is_empty(), "every line is ended");
        records
    }

    #[test]
    fn is_written_with_plain_numbers() {
        let mut table = Table::new("Flows", ["host", "time (s)", "octets"]);
        table.rows.push(vec![Value::words("a, \"b\""), Value::time(Duration::from_millis(82)), Value::Count(12_345)]);
        table.rows.push(vec![Value::words("c\td"), Value::maybe_time(None)]);
        assert_eq!(table.csv(), "host,time (s),octets\r\n\"a, \"\"b\"\"\",0.082,12345\r\nc\td,,\r\n");
        assert_eq!(table.tsv(), "host\ttime (s)\toctets\na, \"b\"\t0.082\t12345\nc d\t\t\n");
    }

    proptest! {
        #[test]
        fn is_read_back_whatever_is_in_it(cells in proptest::collection::vec((".*", ".*"), 0..6)) {
            let mut table = Table::new("any", ["one", "other"]);
            table.rows = cells.iter().map(|(one, other)| vec![Value::words(one), Value::words(other)]).collect();
            let back = read(&table.csv());
            prop_assert_eq!(back.len(), cells.len() + 1);
            for (line, (one, other)) in back.iter().skip(1).zip(&cells) {
                prop_assert_eq!(line, &vec![one.clone(), other.clone()]);
            }
        }
    }
}
