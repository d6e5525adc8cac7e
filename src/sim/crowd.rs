//! Days of very many shoppers: how many of them stay, or wait, is drawn at once.
//!
//! On other days each shopper decides by a number of their own, so that the same shopper decides alike in every supply
//! model; that takes a time that grows with the shoppers. Of a crowd only the counts matter, and their laws are the same:
//! binomial, and for how many are asked until stock or a receipt is used up, negative binomial. Supply models share the numbers
//! that the counts are drawn from, so a slower model still loses no fewer. What is approximate is said at
//! [`crate::dist::ask_in_turn`] and [`crate::dist::binomial`].

use super::phases::{Context, serve};
use super::probe::Probe;
use super::state::State;
use crate::dist::{ask_in_turn, binomial};
use crate::rng::Draw;

/// A day of more shoppers than this is a crowd.
pub(super) const CROWD: i64 = 50_000;

/// Draw number `n` of the kind `kind` today.
fn draw<P: Probe>(cx: &Context<'_, P>, kind: u32, n: u32) -> Draw {
    cx.draw(cx.plan.customers.crowd_stream.numbered(kind), cx.day, n)
}

const COMES: u32 = 0;
const STAYS: u32 = 1;
const OVERFLOWS: u32 = 2;
const REMAINS: u32 = 3;
const WAITS: u32 = 4;

/// The day's shoppers, up to those who find no stock and stay: their number is left in `unserved`, by location. Returns how many
/// were interested, and how many left because of the delivery time.
pub(super) fn served_while_stock_lasts<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) -> (i64, i64) {
    let shoppers = cx.path.units[cx.day];
    let State { locations, ledger, score, today, unserved, .. } = s;
    let (mut left, mut share_left) = (shoppers, 1.0);
    let (mut interested, mut lost) = (shoppers, 0);
    let mut split = cx.draw(cx.plan.customers.split_stream, cx.day, 0);
    for (i, l) in locations.iter_mut().enumerate() {
        let (share, kept) = (cx.plan.locations[i].share, cx.plan.locations[i].kept);
        let n = if share >= share_left { left } else { binomial(left, share / share_left, &mut split) };
        left -= n;
        share_left -= share;
        let won = binomial(n, kept - 1.0, &mut draw(cx, COMES, i as u32));
        interested += won;
        let (asked, stay) = ask_in_turn(n + won, kept, l.on_hand, &mut draw(cx, STAYS, i as u32));
        lost += asked - stay;
        unserved[i] = n + won - asked;
        l.observed += stay;
        serve(cx, i, stay, l, ledger, score, today);
    }
    if cx.plan.overflow {
        for i in 0..locations.len() {
            for j in 0..locations.len() {
                if unserved[i] == 0 || locations[j].on_hand == 0 {
                    continue;
                }
                let (kept, number) = (cx.plan.locations[j].kept, (i * locations.len() + j) as u32);
                let (asked, stay) =
                    ask_in_turn(unserved[i], kept, locations[j].on_hand, &mut draw(cx, OVERFLOWS, number));
                lost += asked - stay;
                unserved[i] -= asked;
                serve(cx, j, stay, &mut locations[j], ledger, score, today);
                locations[i].observed += stay;
            }
        }
    }
    for (i, waiting) in unserved.iter_mut().enumerate() {
        let stay = binomial(*waiting, cx.plan.locations[i].kept, &mut draw(cx, REMAINS, i as u32));
        lost += *waiting - stay;
        *waiting = stay;
    }
    (interested, lost)
}

/// Asks `shoppers` of location `first`, one after the other, whether they will wait, until those who do fill what a receipt
/// covers. `number` tells the day's receipts apart.
pub(super) fn asked_to_wait<P: Probe>(
    cx: &Context<'_, P>,
    shoppers: i64,
    chance: f64,
    room: i64,
    (first, number): (usize, u32),
) -> (i64, i64) {
    ask_in_turn(shoppers, chance, room, &mut draw(cx, WAITS + first as u32, number))
}
