/** Entry of the bundle: the workflow types by the names that people see and type. */
export { failover } from './failover.ts';
export { inspect } from './inspect.ts';
export { pair } from './pair.ts';
export { setup } from './setup.ts';
export { sync } from './sync.ts';
// biome-ignore lint/style/noDefaultExport: the SDK runs this one for every type that is none of the above.
export { unknownType as default } from './unknown-type.ts';
