/** A rate is found when it meets its target with no more than this part of the target to spare. */
export const TO_SPARE = 2e-8;
/** Or, at a jump, when the rates that are left to search lie within this part of the rate. */
export const TOLERANCE = 1e-9;
/** Never reached: bisection alone takes 40. */
export const MAX_STEPS = 200;
