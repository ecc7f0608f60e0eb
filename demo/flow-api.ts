/** What a client and an author do at an FME Flow, by REST v4; for the demo's own actors. */
export interface FlowApi {
  /** Publishes an empty workspace under this file name. */
  publish(repository: string, workspace: string): Promise<void>;
  createRepository(name: string): Promise<void>;
  schedule(input: {
    readonly name: string;
    readonly repository: string;
    readonly workspace: string;
    readonly seconds: number;
  }): Promise<void>;
  /** A client's write: accepted or not. */
  submit(workspace: string, nonce: string): Promise<boolean>;
  machineKey(): Promise<string>;
}

export function flowApi(url: string, token: string): FlowApi {
  const call = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `fmetoken token=${token}`,
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
  const must = async (answer: Response, what: string): Promise<Response> => {
    if (answer.ok) return answer;
    throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
  };
  return {
    async createRepository(name) {
      await must(await call('POST', '/fmeapiv4/repositories', { name }), `create the repository ${name}`);
    },
    async publish(repository, workspace) {
      const form = new FormData();
      form.append('file', new Blob([`#! <WORKSPACE name="${workspace}">\n`]), workspace);
      await must(await call('POST', `/fmeapiv4/repositories/${repository}/items`, form), `publish ${workspace}`);
    },
    async schedule({ name, repository, workspace, seconds }) {
      const body = {
        category: 'demo',
        name,
        repository,
        workspace,
        interval: seconds,
        intervalUnit: 'seconds',
        begin: new Date().toISOString(),
      };
      await must(await call('POST', '/fmeapiv4/schedules', body), `schedule ${name}`);
    },
    async submit(workspace, nonce) {
      try {
        // Builds before 26018 take jobs by REST v3 alone.
        const body = {
          publishedParameters: [
            { name: 'WRITE', value: nonce },
            { name: 'NONCE', value: nonce },
          ],
        };
        return (await call('POST', `/fmerest/v3/transformations/submit/Orders/${workspace}`, body)).ok;
      } catch {
        return false;
      }
    },
    async machineKey() {
      const answer = await must(await call('GET', '/fmeapiv4/license/machinekey'), 'read the machine key');
      return ((await answer.json()) as { machineKey: string }).machineKey;
    },
  };
}
