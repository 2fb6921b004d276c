//! Bytes in, bounded fields out; and the other way round. Little endian, no panics on any bytes.

/// Reads fields from the front of a message.
pub(crate) struct Reader<'m> {
    rest: &'m [u8],
}

/// The message is shorter than its fields, or holds a value that none of them takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Malformed;

impl<'m> Reader<'m> {
    pub(crate) fn new(message: &'m [u8]) -> Self {
        Self { rest: message }
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'m [u8], Malformed> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or(Malformed)?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.bytes(N)?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A length of 32 bits, then as many bytes.
    pub(crate) fn block(&mut self) -> Result<&'m [u8], Malformed> {
        let len = self.u32()?;
        self.bytes(len as usize)
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Appends a block: its length in 32 bits, then its bytes.
///
/// # Panics
/// If the block has 4 GiB or more; callers bound their messages far below.
pub(crate) fn push_block(out: &mut Vec<u8>, block: &[u8]) {
    let len = u32::try_from(block.len()).expect("messages are bounded below 4 GiB");
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(block);
}
