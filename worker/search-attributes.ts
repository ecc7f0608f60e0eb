import { type ConnectionLike, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../model/names.ts';

/** The API's `IndexedValueType`. */
const TYPE_OF = { Keyword: 2, Int: 3 } as const;

/** gRPC codes. */
const INVALID_ARGUMENT = 3;
const ALREADY_EXISTS = 6;
const NO_ACCESS: readonly number[] = [7, 12, 16];

export interface Registered {
  readonly added: readonly string[];
  /** What a person has to do before a run can begin: every run writes these attributes first, and stands still without them. */
  readonly byHand?: string;
}

/** Registers the search attributes that are missing, or says what a person has to do where we may not. Repeatable. */
export async function registerSearchAttributes(connection: ConnectionLike, namespace: string): Promise<Registered> {
  const { operatorService } = connection;
  try {
    const existing = (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
    const wrong = Object.entries(SEARCH_ATTRIBUTES).find(
      ([name, type]) => existing[name] !== undefined && existing[name] !== TYPE_OF[type],
    );
    if (wrong) return { added: [], byHand: otherType(...wrong) };
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => existing[name] === undefined);
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPE_OF[type]]));
      await operatorService.addSearchAttributes({ namespace, searchAttributes });
    }
    return { added: missing.map(([name]) => name) };
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === ALREADY_EXISTS) return { added: [] };
    if (!isGrpcServiceError(error) || !NO_ACCESS.includes(error.code)) throw error;
    return (await known(connection, namespace)) ? { added: [] } : { added: [], byHand: byHand() };
  }
}

/** Where nobody tells us the list: a question that names an attribute is refused where there is none of that name. */
async function known({ workflowService }: ConnectionLike, namespace: string): Promise<boolean> {
  const query = Object.entries(SEARCH_ATTRIBUTES)
    .map(([name, type]) => `${name} = ${type === 'Int' ? '0' : '"-"'}`)
    .join(' AND ');
  try {
    await workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === INVALID_ARGUMENT) return false;
    throw error;
  }
}

const otherType = (name: string, type: string): string =>
  `the search attribute ${name} exists with another type than ${type}. Remove it: temporal operator search-attribute remove --name ${name}`;

const byHand = (): string =>
  `this server lets only its operators register search attributes, and they are missing. On Temporal Cloud: tcld namespace search-attributes add ${Object.entries(
    SEARCH_ATTRIBUTES,
  )
    .map(([name, type]) => `--sa "${name}=${type}"`)
    .join(' ')}`;
