//! A text in; line and column of each byte out, and back.

/// A place as people count it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LineCol {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineIndex {
    /// First byte of each line.
    starts: Vec<u32>,
    /// Bytes after the first of characters longer than one byte.
    continuations: Vec<u32>,
    /// Length of the text in bytes.
    len: u32,
}

impl LineIndex {
    /// Reads the lines of `text` (less than 4 GiB). Cost: linear.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let mut continuations = Vec::new();
        for (at, byte) in (0u32..).zip(text.bytes()) {
            if byte == b'\n' {
                starts.push(at + 1);
            } else if byte & 0xC0 == 0x80 {
                continuations.push(at);
            }
        }
        Self { starts, continuations, len: u32::try_from(text.len()).unwrap_or(u32::MAX) }
    }

    /// Line and column of a byte; of the end for any byte past it. Cost: logarithmic.
    #[must_use]
    pub fn line_col(&self, byte: u32) -> LineCol {
        let byte = byte.min(self.len);
        let line = self.starts.partition_point(|&start| start <= byte) - 1;
        let start = self.starts[line];
        let skipped = self.continuations_before(byte) - self.continuations_before(start);
        LineCol { line: narrow(line) + 1, column: byte - start - narrow(skipped) + 1 }
    }

    /// The line of a byte, from 1.
    #[must_use]
    pub fn line(&self, byte: u32) -> u32 {
        self.line_col(byte).line
    }

    /// The byte of a line and column; of the end of line or text if there is no such column or line. Cost: the column.
    #[must_use]
    pub fn byte(&self, at: LineCol) -> u32 {
        let line = at.line.saturating_sub(1) as usize;
        let Some(&start) = self.starts.get(line) else { return self.len };
        let end = self.starts.get(line + 1).map_or(self.len, |&next| next - 1);
        let mut byte = start;
        let mut column = 1;
        while column < at.column && byte < end {
            byte += 1;
            while self.continuations.binary_search(&byte).is_ok() {
                byte += 1;
            }
            column += 1;
        }
        byte
    }

    /// How many lines there are; at least 1.
    #[must_use]
    pub fn n_lines(&self) -> u32 {
        narrow(self.starts.len())
    }

    fn continuations_before(&self, byte: u32) -> usize {
        self.continuations.partition_point(|&at| at < byte)
    }
}

/// Counts of a text below 4 GiB fit 32 bits.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
