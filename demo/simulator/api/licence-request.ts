import { z } from 'zod';
import { readForm, readJsonBody } from '../http/body.ts';
import { empty, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import { createRefresh } from './health.ts';

const person = {
  firstName: z.string().min(1),
  lastName: z.string().min(1),
  email: z.string().min(1),
  serialNumber: z.string().optional(),
  company: z.string().optional(),
  industry: z.string().optional(),
};
const form = z.strictObject({
  ...person,
  category: z.string().optional(),
  salesSource: z.string().optional(),
  subscribeToUpdates: z.enum(['true', 'false']).optional(),
});
const body = z.strictObject({ ...person, subscribeToUpdates: z.boolean().optional() });

/** Asking for a licence by form (v3) or JSON (v4): granted at the second look, which changes nothing here. */
export function licenceRequests(site: Site): { v3: Route[]; v4: Route[] } {
  const request = createRefresh();
  const [v3, v4] = ['/fmerest/v3/licensing/request', '/fmeapiv4/license/request'];
  const admin = { access: 'admin' } as const;
  const newer = { ...admin, when: v4From(site, 'license') };
  return {
    v3: [
      route('POST', v3, { ...admin, consumes: 'form' }, async ({ raw }) => {
        await readForm(raw, form);
        request.begin();
        return empty(202);
      }),
      route('GET', `${v3}/status`, admin, () => {
        const { state, message } = request.look();
        return json(200, { status: state.toUpperCase(), message });
      }),
    ],
    v4: [
      route('POST', v4, { ...newer, consumes: 'json' }, async ({ raw }) => {
        await readJsonBody(raw, body, 400);
        request.begin();
        return empty(202);
      }),
      route('GET', `${v4}/status`, newer, () => {
        const { state, message } = request.look();
        return json(200, { status: state, message });
      }),
    ],
  };
}
