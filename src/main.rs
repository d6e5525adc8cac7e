//! The command `restock`: see [`restock::cli`].

fn main() -> std::process::ExitCode {
    restock::cli::main()
}
