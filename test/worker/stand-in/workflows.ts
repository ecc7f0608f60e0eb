import { proxyActivities, sleep } from '@temporalio/workflow';

const { hello } = proxyActivities<{ hello(name: string): Promise<string> }>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 second' },
});

/** Two activities with a pause between them, in which a test may take the server away. */
export async function greetTwice(input: { name: string; pause: number }): Promise<string> {
  const first = await hello(input.name);
  await sleep(input.pause);
  return `${first}, ${await hello(input.name)}`;
}
