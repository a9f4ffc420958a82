/** The logins of the local environment: `npm start` creates them, the sign-in page offers them as buttons. */
export interface DemoLogin {
  label: string;
  email: string;
  password: string;
  claims: { admin?: true; franchisees?: readonly string[] };
}

const SAMPLE = "acct_1SPg6y2LSUVFKuLN";
const SECOND = "acct_1SPgDemoNorthShore";

export const DEMO_FRANCHISEES = [
  { account: SAMPLE, name: "Craft Workshops Vancouver" },
  { account: SECOND, name: "Craft Workshops North Shore" },
];

export const DEMO_LOGINS: readonly DemoLogin[] = [
  { label: "Franchisee", email: "franchisee@example.com", password: "franchisee", claims: { franchisees: [SAMPLE] } },
  {
    label: "Owner of two",
    email: "owner@example.com",
    password: "owner-of-two",
    claims: { franchisees: [SAMPLE, SECOND] },
  },
  { label: "Head office", email: "office@example.com", password: "head-office", claims: { admin: true } },
  { label: "No access", email: "nobody@example.com", password: "nothing-granted", claims: {} },
];
