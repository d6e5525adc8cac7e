//! Draws of stages, opened before they are asked for.
//!
//! A location that orders at every review is likely to order at the next one, too, and eight draws that are opened together cost little more
//! than two alone. The values of a draw depend on its key alone, so they do not depend on when it is opened, and a draw that is never used does
//! no harm.

use restock_base::rng::Draws;

/// The first draws of the stages of a route, for an order of one day and of the reviews after it.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct StageDraws {
    draws: Option<Draws>,
    /// Day of the next order that there are draws for; absent if there are none.
    day: Option<usize>,
    /// Place of the first draw for that order.
    begin: usize,
    /// Day of the review after the last order.
    expected: usize,
}

impl StageDraws {
    /// Forgets all draws: a new replication begins.
    pub fn clear(&mut self) {
        (self.day, self.expected) = (None, 0);
    }

    /// Draws for the `stages` of an order of `day`, and the place of the first one. Draws beyond the last place are opened one by one, as are all
    /// draws if none are returned, because that is faster then. Reviews lie `review_days` apart. `open` opens as many draws as there are places,
    /// for this order and for those of the next reviews.
    #[inline]
    pub fn of_order(
        &mut self,
        day: usize,
        stages: usize,
        review_days: usize,
        open: impl FnOnce() -> Draws,
    ) -> Option<(&Draws, usize)> {
        let regular = self.expected == day;
        self.expected = day + review_days;
        if self.day != Some(day) {
            if stages < Draws::FEW && !regular {
                return None;
            }
            self.draws = Some(open());
            self.begin = 0;
        }
        let begin = self.begin;
        self.begin += stages;
        self.day = (self.begin + stages <= Draws::MOST).then_some(self.expected);
        self.draws.as_ref().map(|draws| (draws, begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_base::rng::Stream;

    /// Orders of two stages every seven days: the first is opened alone, then four together. An order on another day is opened anew.
    #[test]
    fn regular_orders_are_opened_together() {
        let stream = Stream::new(1, "test", "ahead", "");
        let mut draws = StageDraws::default();
        let mut opened = Vec::new();
        let mut order = |day: usize, opened: &mut Vec<usize>| {
            let open = || {
                opened.push(day);
                Draws::of_stream(Draws::MOST, 0, stream, |i| ((day + i / 2 * 7) as i32, i as u32 % 2))
            };
            let (draws, begin) = draws.of_order(day, 2, 7, open)?;
            Some([0, 1].map(|k| draws.uniform(begin + k)))
        };
        let alone = |day: usize| [0, 1].map(|k| stream.at(0, day as i32, k).uniform());
        assert_eq!(order(3, &mut opened), None, "nobody knows yet that another one follows");
        for day in [10, 17, 24, 31, 38, 45] {
            assert_eq!(order(day, &mut opened), Some(alone(day)));
        }
        assert_eq!(opened, [10, 38]);
        assert_eq!(order(47, &mut opened), None);
        assert_eq!(order(54, &mut opened), Some(alone(54)));
        draws.clear();
        assert!(draws.of_order(61, 2, 7, || unreachable!("it is the first of a replication")).is_none());
    }
}
