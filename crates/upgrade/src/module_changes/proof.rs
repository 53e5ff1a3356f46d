//! Whether two formulas come to the same, whatever is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::formula::{Formula, Outcome, Symbol};

/// Assignments that are tried at most; with more, nothing is known.
// Calls with seven unknown arguments stay below it. What is unknown of one with more mostly
// differs at the first assignments.
const ASSIGNMENTS: usize = 100_000;

/// The number up to which the lengths of a sum are tried; with more, nothing is known.
// No VPC has so many subnets in a tier: the default quota is 200 for all of them (AWS docs, "Amazon VPC
// quotas").
const LARGEST: u64 = 200;

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
/// which is larger and which is zero, so that its outcome depends on their order alone. Where a sum is
/// among them, each number counts up to which one length may have to grow to be as large as another.
pub fn compare(one: &Formula, other: &Formula) -> Comparison {
    if one == other {
        return Comparison::Equal;
    }
    let (mut symbols, mut numbers) = (BTreeSet::new(), BTreeSet::from([0]));
    one.collect(&mut symbols, &mut numbers);
    other.collect(&mut symbols, &mut numbers);
    // Two values behind each number: of two unknown lengths either may be the larger one.
    let numbers: BTreeSet<u64> = match one.has_sum() || other.has_sum() {
        true => {
            let total = numbers.iter().copied().fold(0, u64::saturating_add);
            if total > LARGEST {
                return Comparison::Depends(symbols);
            }
            (0..total + 3).collect()
        }
        false => {
            let behind = numbers.iter().flat_map(|it| *it..it.saturating_add(3));
            behind.collect()
        }
    };
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

impl Formula {
    /// Whether some number in it is a sum of what is not known.
    fn has_sum(&self) -> bool {
        match self {
            Self::Sum(_) => true,
            Self::Max(parts) => parts.iter().any(Self::has_sum),
            Self::Not(inner) => inner.has_sum(),
            Self::Operation(_, sides) => sides.iter().any(Self::has_sum),
            Self::If(parts) => parts.iter().any(Self::has_sum),
            _ => false,
        }
    }

    /// Adds the symbols in it, and the numbers that it compares them with.
    fn collect(&self, symbols: &mut BTreeSet<Symbol>, numbers: &mut BTreeSet<u64>) {
        match self {
            Self::Symbol(symbol) => {
                symbols.insert(symbol.clone());
            }
            Self::Number(number) => {
                numbers.insert(*number);
            }
            Self::Max(parts) | Self::Sum(parts) => {
                for part in parts {
                    part.collect(symbols, numbers);
                }
            }
            Self::Not(inner) => inner.collect(symbols, numbers),
            Self::Operation(_, sides) => sides.iter().for_each(|it| it.collect(symbols, numbers)),
            Self::If(parts) => parts.iter().for_each(|it| it.collect(symbols, numbers)),
            Self::Bool(_) | Self::Name(_) | Self::Length(_) | Self::IsSet(_) | Self::IsText(..) => {
            }
        }
    }
}
