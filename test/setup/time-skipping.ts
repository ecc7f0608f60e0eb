import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../model/names.ts';

const ATTEMPTS = 6;
const TYPES = temporal.api.enums.v1.IndexedValueType;
const PROTO_TYPES = {
  Keyword: TYPES.INDEXED_VALUE_TYPE_KEYWORD,
  Text: TYPES.INDEXED_VALUE_TYPE_TEXT,
  Int: TYPES.INDEXED_VALUE_TYPE_INT,
  Double: TYPES.INDEXED_VALUE_TYPE_DOUBLE,
  Datetime: TYPES.INDEXED_VALUE_TYPE_DATETIME,
} as const;

/**
 * A time-skipping server of one's own, with our search attributes. Its clock is one for all its workflows, so run those
 * one after the other. The caller tears it down.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = inject('testServer');
  const options = path === undefined ? {} : { server: { executable: { type: 'existing-path' as const, path } } };
  for (let attempt = 1; ; attempt++) {
    try {
      const environment = await TestWorkflowEnvironment.createTimeSkipping(options);
      await environment.connection.operatorService.addSearchAttributes({
        namespace: 'default',
        searchAttributes: Object.fromEntries(
          Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, PROTO_TYPES[type]]),
        ),
      });
      return environment;
    } catch (error) {
      // The SDK gives it 5 seconds to start, which a busy machine may exceed a few times.
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
