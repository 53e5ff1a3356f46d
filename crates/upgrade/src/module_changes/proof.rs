//! Whether two formulas come to the same, whatever is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::formula::{Formula, Outcome, Symbol};

/// Assignments that are tried at most; with more, nothing is known.
// Calls with seven unknown arguments stay below it. What is unknown of one with more mostly
// differs at the first assignments.
const ASSIGNMENTS: usize = 100_000;

/// How two formulas compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// The same, whatever is not known.
    Equal,
    /// These two, whatever is not known.
    Known(Outcome, Outcome),
    /// Different for some values of these symbols.
    Depends(BTreeSet<Symbol>),
}

/// Compares two formulas without names.
///
/// Numbers are tried around those that the formulas name: each formula chooses among lengths by
/// which is larger and which is zero, so that its outcome depends on their order alone.
pub fn compare(one: &Formula, other: &Formula) -> Comparison {
    if one == other {
        return Comparison::Equal;
    }
    let (mut symbols, mut numbers) = (BTreeSet::new(), BTreeSet::from([0]));
    one.collect(&mut symbols, &mut numbers);
    other.collect(&mut symbols, &mut numbers);
    // Two values behind each number: of two unknown lengths either may be the larger one.
    let numbers: BTreeSet<u64> = numbers.iter().flat_map(|it| *it..*it + 3).collect();
    let values: Vec<Vec<Outcome>> = symbols
        .iter()
        .map(|symbol| match symbol.is_bool {
            true => vec![Outcome::Bool(false), Outcome::Bool(true)],
            false => numbers.iter().copied().map(Outcome::Number).collect(),
        })
        .collect();
    let mut indices = vec![0; values.len()];
    let mut pairs = Pairs::default();
    for _ in 0..ASSIGNMENTS {
        let chosen = values.iter().zip(&indices).map(|(values, at)| values[*at]);
        let assignment: BTreeMap<&Symbol, Outcome> = symbols.iter().zip(chosen).collect();
        let pair = one.outcome(&assignment).zip(other.outcome(&assignment));
        if !pair.is_some_and(|pair| pairs.add(pair)) {
            return Comparison::Depends(symbols);
        }
        if !advance(&mut indices, &values) {
            return match pairs.first {
                Some((one, other)) if pairs.is_different => Comparison::Known(one, other),
                _ => Comparison::Equal,
            };
        }
    }
    Comparison::Depends(symbols)
}

/// The outcomes of two formulas so far.
#[derive(Debug, Default)]
struct Pairs {
    first: Option<(Outcome, Outcome)>,
    /// Whether another pair than the first was seen.
    is_mixed: bool,
    /// Whether the two of some pair differ.
    is_different: bool,
}

impl Pairs {
    /// Adds a pair. Whether the formulas may still be equal, or differ in one way alone.
    fn add(&mut self, pair: (Outcome, Outcome)) -> bool {
        let first = *self.first.get_or_insert(pair);
        self.is_mixed |= pair != first;
        self.is_different |= pair.0 != pair.1;
        !(self.is_mixed && self.is_different)
    }
}

/// Takes the next assignment; `false` behind the last one.
fn advance(indices: &mut [usize], values: &[Vec<Outcome>]) -> bool {
    for (index, values) in indices.iter_mut().zip(values) {
        *index += 1;
        if *index < values.len() {
            return true;
        }
        *index = 0;
    }
    false
}
