//! The front's memory: one block of 128 KiB that is never freed. A run makes some two hundred small allocations and
//! ends before it needs any of that space again; the C library's allocator was a quarter of its work. The system's
//! allocator serves what does not fit. Secrets are zeroed when they are dropped, as with any allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The size of the arena in bytes. Unused pages of it cost nothing.
const BYTES: usize = 128 * 1024;

/// An allocator that only counts up.
#[derive(Debug)]
pub struct Arena {
    area: UnsafeCell<[u8; BYTES]>,
    used: AtomicUsize,
}

#[expect(unsafe_code, reason = "threads may share it")]
// SAFETY: `used` hands every byte of `area` to one caller only, and nothing here reads or writes those bytes.
unsafe impl Sync for Arena {}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Arena {
    /// Creates an unused arena.
    #[expect(clippy::large_stack_arrays, reason = "the program's one arena is a static")]
    pub const fn new() -> Self {
        Self { area: UnsafeCell::new([0; BYTES]), used: AtomicUsize::new(0) }
    }

    /// Takes space for a layout, if there is enough.
    fn take(&self, layout: Layout) -> Option<*mut u8> {
        let start = self.area.get().cast::<u8>();
        let place = |used: usize| {
            let address = start.addr().checked_add(used)?.checked_next_multiple_of(layout.align())?;
            let begin = address - start.addr();
            let end = begin.checked_add(layout.size())?;
            (end <= BYTES).then_some((begin, end))
        };
        let before =
            self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| Some(place(used)?.1)).ok()?;
        Some(start.wrapping_add(place(before)?.0))
    }

    /// Returns the offset of a block of this arena. Returns None for a block of the system's allocator.
    fn offset(&self, block: *mut u8) -> Option<usize> {
        block.addr().checked_sub(self.area.get().addr()).filter(|offset| *offset < BYTES)
    }

    /// Moves the end of the last block, if this is the last and there is room.
    fn resize(&self, offset: usize, old: usize, new: usize) -> bool {
        offset.checked_add(new).filter(|end| *end <= BYTES).is_some_and(|end| {
            self.used.compare_exchange(offset + old, end, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        })
    }
}

#[expect(unsafe_code, reason = "the trait asks for it")]
// SAFETY: a block of the arena is as large and aligned as its layout says, and no other overlaps it: `take` counts up
// atomically, and only the last block is ever resized or given back. All other blocks are the system's.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about the layout is the same that the system's allocator requires.
        self.take(layout).unwrap_or_else(|| unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.offset(block) {
            Some(offset) => drop(self.resize(offset, layout.size(), 0)),
            // SAFETY: what is not of the arena was made by the system with this layout.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(offset) = self.offset(block) else {
            // SAFETY: as for `dealloc`.
            return unsafe { System.realloc(block, layout, size) };
        };
        if self.resize(offset, layout.size(), size) {
            return block;
        }
        // SAFETY: the caller promises that `size`, rounded up to the alignment, does not overflow.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both blocks are at least this long, and a new one overlaps no other.
            unsafe { block.copy_to_nonoverlapping(new, layout.size().min(size)) };
        }
        new
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "an allocator is called as Rust's own containers call it")]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn no_block_overlaps_another_and_each_is_aligned() {
        let arena = Box::new(Arena::new());
        let mut blocks = Vec::new();
        for (number, size) in (0..400_usize).map(|number| (number, (number * 37) % 999 + 1)) {
            let layout = layout(size, 1 << (number % 6));
            // SAFETY: the layout has a size, and the writes stay within the block.
            let block = unsafe {
                let block = arena.alloc(layout);
                block.write_bytes(u8::try_from(number % 251).unwrap(), size);
                block
            };
            assert_eq!(block.addr() % layout.align(), 0);
            blocks.push((block, layout, u8::try_from(number % 251).unwrap()));
        }
        assert!(blocks.iter().any(|(block, ..)| arena.offset(*block).is_none()), "it was never full");
        for (block, layout, byte) in blocks {
            // SAFETY: each block was filled from its first to its last byte, and is given back once.
            unsafe {
                assert!(std::slice::from_raw_parts(block, layout.size()).iter().all(|found| *found == byte));
                arena.dealloc(block, layout);
            }
        }
    }

    #[test]
    fn a_block_keeps_its_bytes_when_it_grows_in_place_elsewhere_or_out_of_the_arena() {
        let arena = Box::new(Arena::new());
        // SAFETY: every block is used with the layout that it was made or resized with, and within it.
        unsafe {
            let first = arena.alloc(layout(8, 1));
            first.copy_from_nonoverlapping(b"12345678".as_ptr(), 8);
            let grown = arena.realloc(first, layout(8, 1), 16);
            assert_eq!(grown, first, "the last block grows in place");
            let other = arena.alloc(layout(8, 1));
            other.write_bytes(b'x', 8);
            let moved = arena.realloc(grown, layout(16, 1), 24);
            assert_ne!(moved, grown, "another lies behind it");
            let outside = arena.realloc(moved, layout(24, 1), 2 * BYTES);
            assert_eq!(arena.offset(outside), None);
            assert_eq!(std::slice::from_raw_parts(outside, 8), b"12345678");
            let shrunk = arena.realloc(outside, layout(2 * BYTES, 1), 8);
            assert_eq!(std::slice::from_raw_parts(shrunk, 8), b"12345678");
            arena.dealloc(shrunk, layout(8, 1));
        }
    }

    #[test]
    fn the_space_of_the_last_block_is_used_again() {
        let arena = Box::new(Arena::new());
        // SAFETY: the block is given back once, with its layout.
        unsafe {
            let block = arena.alloc(layout(100, 4));
            arena.dealloc(block, layout(100, 4));
            assert_eq!(arena.alloc(layout(50, 4)), block);
        }
    }
}
