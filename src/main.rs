//! The command `restock`: see [`restock::cli`].

/// One heap for all threads: what one of them frees the others can use.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    restock::cli::main()
}
