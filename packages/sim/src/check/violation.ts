/** As many of one check are told: the first ones say it all. */
export const violationsPerCheck = 5;

/** A rule or property that did not hold, in words for a person. */
export interface Violation {
  /** What did not hold: `convergence`, `membership`, `view symmetry`, `caps` … */
  check: string;
  text: string;
}
