//! The memory allocator of the full program. Without it, Rust would end the program by SIGABRT when memory is
//! exhausted, with a message that names no limit. With it, the program prints the fault that names the limit, and exits.

use std::alloc::{GlobalAlloc, Layout};
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

use awsesame_core::fault::{Fault, Resource};

use crate::os::limits;

/// The way in which this program says its faults.
type Tell = Box<dyn Fn(&Fault) + Send + Sync>;

/// The function that reports a lack of memory. It is set once the program knows the output format that its caller
/// wants.
static TELL: OnceLock<Tell> = OnceLock::new();

/// True after memory was exhausted once. The message about it needs some memory too.
static LACKED: AtomicBool = AtomicBool::new(false);

/// The system's allocator, which never returns without a block.
#[derive(Debug)]
pub struct Enough;

/// Sets the function that reports a lack of memory. Only the first call counts.
pub fn tell_with(tell: impl Fn(&Fault) + Send + Sync + 'static) {
    // A second one would come from a second `main`.
    let _ = TELL.set(Box::new(tell));
}

/// Ends the program. What failed was a large block as a rule, so that there is room for two lines.
fn end() -> ! {
    if let (false, Some(tell)) = (LACKED.swap(true, Ordering::Relaxed), TELL.get()) {
        let fault = limits::fault_of(Resource::Memory);
        tell(&fault);
        std::process::exit(fault.exit() as i32);
    }
    // There is not even memory for a fault, but these lines need none.
    let _ = std::io::stderr().write_all(b"error: awsesame needs more memory than it may have\n");
    let _ = std::io::stderr().write_all(b"hint: allow more in this shell: ulimit -v unlimited\n");
    std::process::exit(1)
}

fn sure(block: *mut u8) -> *mut u8 {
    if block.is_null() { end() } else { block }
}

#[expect(unsafe_code, reason = "the trait asks for it")]
// SAFETY: each block is the system allocator's own, and is given back to it with the layout that it was made with.
unsafe impl GlobalAlloc for Enough {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about the layout is the same that the allocator requires.
        sure(unsafe { MiMalloc.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`.
        sure(unsafe { MiMalloc.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: every block is the system's.
        unsafe { MiMalloc.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`, and the caller promises that `size` does not overflow.
        sure(unsafe { MiMalloc.realloc(block, layout, size) })
    }
}
