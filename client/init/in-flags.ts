import { ConfigProblems, type Fault, type Path } from '../../activities/config/problems.ts';
import { type UserProblem, usageProblem } from '../problem.ts';

/** Which flag gave a value, by where it stands in the file that was going to be written; `*` is a site, and shown as one. */
const FLAGS: readonly (readonly [path: readonly string[], flag: string])[] = [
  [['pair'], '--pair'],
  [['active'], '--active'],
  [['clients'], '--clients'],
  [['temporal', 'namespace'], '--namespace'],
  [['temporal'], '--temporal'],
  [['sites', '*', 'state'], '--state'],
  [['sites', '*', 'vault', 'repository'], '--vault *='],
  [['sites', '*', 'vault', 'password'], '--vault-password-env *='],
  [['sites', '*'], '--site *'],
  [['components', 'flow', 'sites', '*', 'url'], '--site *='],
  [['components', 'flow', 'sites', '*', 'token'], '--token-env *='],
  [['components', 'flow', 'sites', '*', 'engines'], '--engines'],
  [['components', 'flow', 'sites', '*'], '--site *'],
  [['components'], '--files'],
  [['schedule'], '--every'],
  [['approvals'], '--approver'],
  [['redirects'], '--clients'],
  [['checks'], '--clients'],
];

/** The faults of a file that was not written, told of the flags that it was to be made from. Other errors as they are. */
export function inFlags(error: unknown): UserProblem | unknown {
  if (!(error instanceof ConfigProblems)) return error;
  const lines = error.faults.map(told);
  return usageProblem('these flags make no configuration that can be used; nothing was written', [...new Set(lines)]);
}

function told({ path, says, example }: Fault): string {
  const flag = flagOf(path);
  // `every: 15m` in the file is `--every 15m` here.
  const value = example.replace(/^[\w-]+: /, '');
  return `${flag}  ${says}; for example: ${flag.endsWith('=') ? flag : `${flag} `}${value}`;
}

function flagOf(path: Path): string {
  const [pattern = [], flag = ''] =
    FLAGS.find(([wanted]) => wanted.every((key, at) => key === '*' || key === path[at])) ?? [];
  return flag.replace('*', String(path[pattern.indexOf('*')] ?? ''));
}
