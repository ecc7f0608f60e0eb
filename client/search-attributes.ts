import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../model/names.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem } from './problem.ts';

/** The API's `IndexedValueType`. */
const TYPE_OF = { Keyword: 2, Int: 3 } as const;

/** gRPC codes. */
const ALREADY_EXISTS = 6;
const NO_ACCESS: readonly number[] = [7, 12, 16];

export interface Registered {
  readonly added: readonly string[];
  /** What to do by hand, where the server lets only its operators register them (Temporal Cloud). */
  readonly byHand?: string;
}

/**
 * Registers the search attributes that are missing.
 * @throws UserProblem when one exists with another type
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<Registered> {
  const { operatorService } = connection;
  try {
    const existing = (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
    const wrong = Object.entries(SEARCH_ATTRIBUTES).find(
      ([name, type]) => existing[name] !== undefined && existing[name] !== TYPE_OF[type],
    );
    if (wrong) {
      throw new UserProblem(EXIT.failed, `the search attribute ${wrong[0]} exists with another type than ${wrong[1]}`, [
        `Remove it: temporal operator search-attribute remove --name ${wrong[0]}`,
      ]);
    }
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => existing[name] === undefined);
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPE_OF[type]]));
      await operatorService.addSearchAttributes({ namespace, searchAttributes });
    }
    return { added: missing.map(([name]) => name) };
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === ALREADY_EXISTS) return { added: [] };
    if (isGrpcServiceError(error) && NO_ACCESS.includes(error.code)) return { added: [], byHand: byHand() };
    throw error;
  }
}

const byHand = (): string =>
  `this server lets only its operators register search attributes; on Temporal Cloud: tcld namespace search-attributes add ${Object.entries(
    SEARCH_ATTRIBUTES,
  )
    .map(([name, type]) => `--sa "${name}=${type}"`)
    .join(' ')}`;
