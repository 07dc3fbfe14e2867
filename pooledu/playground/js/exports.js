/* What tests and the notebook widget call: the same pure functions that the components draw. */

window.PoolPlayground = {
  compute,
  outputSize,
  backward,
  unpool,
  adaptiveBins,
  fractionalBins,
  receptiveFields,
  HALVINGS,
  rolled,
  /** What take.js builds on, and adds to; of two copies of this script, the first one's. */
  inner: window.PoolPlayground?.inner ?? {
    BIN_KINDS, Choice, HALVING_NAMES, OPERATIONS, SOURCE, asPair, brief, chance, copy, h, plural,
    press, put, putText, range, receptiveFields, rolled, writeSize, writeState,
  },
};
