// The clock of a process of the rehearsal, which is moved; what runs in it knows nothing of that.
let offset = Number(process.env.REHEARSAL_CLOCK_OFFSET ?? 0);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [RealDate.now() + offset]));
  }
  static now() {
    return RealDate.now() + offset;
  }
};

module.exports = {
  realNow: () => RealDate.now(),
  /** In milliseconds from this machine's clock. */
  setOffset: (milliseconds) => {
    offset = milliseconds;
  },
};
