//! `restock describe`: what is in a sales file, before anything is made of it.

use super::estimate::{self, Sample};
#[cfg(feature = "documents")]
use super::folder::FolderArgs;
use super::question::failed;
use super::sales::{SalesArgs, SuspectedArgs};
use super::{Outcome, print, threads};
use crate::task::{Found, description};
#[cfg(feature = "documents")]
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    #[command(flatten)]
    suspected: SuspectedArgs,
    /// Rows of each list: the largest spikes, the most improbable runs without sales
    #[arg(long, default_value_t = 5)]
    show: usize,
    /// Write a page of what was read, left out, changed and is to be checked, with the rows of the file, for a colleague to check
    #[cfg(feature = "documents")]
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    #[cfg(feature = "documents")]
    #[command(flatten)]
    writing: FolderArgs,
}

pub(super) fn run(args: &Args) -> Outcome {
    threads::settle(0)?;
    let read = args.sales.read(args.suspected.keep_suspected, &|size| Found::bytes(size.item_periods))?;
    let panel = &read.known.sales.panel;
    let refused = |e| failed(&e, false);
    let pipeline = read.known.pipeline(read.known.calendar(0).map_err(refused)?.0);
    if let Some(sample) = Sample::of(panel) {
        let seconds = sample.seconds(|panel| Found::look(&pipeline, panel));
        let less = "fewer items (`--where`) or longer periods (`--every`) take less";
        estimate::say(seconds, read.bytes, panel, "looked through", less);
    }
    let found = Found::look(&pipeline, panel);
    print::out(&description(&read.known, &found, args.show, print::width()).map_err(refused)?)?;
    #[cfg(feature = "documents")]
    if let Some(path) = &args.report {
        super::health::write(path, &args.writing, &read.known.sales, &found, &args.sales.shown())?;
    }
    Ok(())
}
