//! Values in, small indices out; freed places are used again.

use std::ops::{Index, IndexMut};

/// A growable table with stable indices.
pub(crate) struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Stores a value.
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.places[index as usize] = Some(value);
            return index;
        }
        // A table of 2^32 values would exceed every memory bound of a session long before.
        let index = u32::try_from(self.places.len()).expect("fewer than 2^32 values at a time");
        self.places.push(Some(value));
        index
    }

    /// Takes a value out.
    ///
    /// # Panics
    /// If there is none: a reference was released twice.
    pub(crate) fn remove(&mut self, index: u32) -> T {
        self.free.push(index);
        self.places[index as usize].take().expect("an index is removed once")
    }

    /// The value at an index, if it is in use.
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.places.get(index as usize)?.as_ref()
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        self.get(index).expect("an index in use")
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        self.places[index as usize].as_mut().expect("an index in use")
    }
}
