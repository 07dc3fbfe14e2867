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
  LANGUAGES,
  toTikz,
  LIGHT,
};
