//! A component's memory: room asked of the component itself, and what is read from there.

use wasmi::{Memory, Store, TypedFunc};

use crate::Failure;
use crate::guest::wrong;
use crate::host::Host;

/// `cabi_realloc`: old address, old size, alignment, new size; returns the new address.
pub(crate) type Realloc = TypedFunc<(u32, u32, u32, u32), u32>;

/// The memory of an instance.
pub(crate) struct Room<'s> {
    pub(crate) store: &'s mut Store<Host>,
    pub(crate) memory: Memory,
    pub(crate) realloc: Realloc,
}

impl Room<'_> {
    /// Asks the component for room.
    fn alloc(&mut self, align: u32, size: u32) -> Result<u32, Failure> {
        let at = self.realloc.call(&mut *self.store, (0, 0, align, size));
        let at = at.map_err(|error| wrong(&error, self.store))?;
        let end = u64::from(at) + u64::from(size);
        if at % align != 0 || end > self.memory.data_size(&*self.store) as u64 {
            return Err(Failure::Output("an address that is not in its memory".into()));
        }
        Ok(at)
    }

    /// Puts bytes into the component's memory, and says where.
    pub(crate) fn put(&mut self, align: u32, bytes: &[u8]) -> Result<u32, Failure> {
        let size = u32::try_from(bytes.len()).map_err(|_| Failure::Output("too little room".into()))?;
        let at = self.alloc(align, size)?;
        let written = self.memory.write(&mut *self.store, at as usize, bytes);
        written.map_err(|_| Failure::Output("an address that is not in its memory".into()))?;
        Ok(at)
    }
}

/// A record as it will lie in the component's memory. What it points to is there already.
pub(crate) struct Image<'r, 's> {
    bytes: Vec<u8>,
    pub(crate) room: &'r mut Room<'s>,
}

impl<'r, 's> Image<'r, 's> {
    pub(crate) fn new(room: &'r mut Room<'s>) -> Self {
        Self { bytes: Vec::with_capacity(512), room }
    }

    /// Leaves out what is needed for the next value to be aligned.
    pub(crate) fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    /// Leaves out what is needed to be `size` bytes after `start`.
    pub(crate) fn fill(&mut self, start: usize, size: usize) {
        self.bytes.resize(start + size, 0);
    }

    /// The bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// A number.
    pub(crate) fn number<const N: usize>(&mut self, little_endian: [u8; N]) {
        self.align(N);
        self.bytes.extend_from_slice(&little_endian);
    }

    fn slice(&mut self, align: u32, bytes: &[u8], length: usize) -> Result<(), Failure> {
        let at = if bytes.is_empty() { align } else { self.room.put(align, bytes)? };
        self.number(at.to_le_bytes());
        self.number(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        Ok(())
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.slice(1, text.as_bytes(), text.len())
    }

    /// A text that may be unknown, and then is empty.
    pub(crate) fn known(&mut self, text: Option<&str>) -> Result<(), Failure> {
        self.text(text.unwrap_or_default())
    }

    /// A list, of items that are aligned as addresses are.
    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        put: impl Fn(&mut Image<'_, 's>, T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut list = Image { bytes: Vec::new(), room: &mut *self.room };
        let mut length = 0;
        for item in items {
            put(&mut list, item)?;
            length += 1;
        }
        let bytes = list.bytes;
        self.slice(4, &bytes, length)
    }

    /// Keys and values.
    pub(crate) fn dict<K: AsRef<str>, V: AsRef<str>>(
        &mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), Failure> {
        self.list(pairs, |image, (key, value)| {
            image.text(key.as_ref())?;
            image.text(value.as_ref())
        })
    }

    /// Puts all of it into the component's memory, and says where.
    pub(crate) fn put(self, align: u32) -> Result<u32, Failure> {
        self.room.put(align, &self.bytes)
    }

    /// The record's words, for a function that takes them one by one.
    pub(crate) fn words(&self) -> Vec<u32> {
        let word = |word: &[u8; 4]| u32::from_le_bytes(*word);
        self.bytes.as_chunks::<4>().0.iter().map(word).collect()
    }
}
