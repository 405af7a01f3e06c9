/** A node's verdict on a pod as one number: 0 it may run there, else which plugin refused (high byte) and its code. */
export const codeOf = (plugin: number, code: number): number => ((plugin + 1) << 24) | code;
export const pluginOf = (verdict: number): number => (verdict >>> 24) - 1;
export const detailOf = (verdict: number): number => verdict & 0xff_ffff;

/** No node stands in the slot. */
export const ABSENT = 0xff00_0000;
