//! The command line: parse, run, exit code.

mod cli;

use std::process::ExitCode;

/// Moderation allocates many small things and frees them a moment later.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
