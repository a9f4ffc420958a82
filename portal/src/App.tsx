import type { Auth } from "firebase/auth";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary } from "./components/ErrorBoundary.tsx";
import { NameOf } from "./components/FranchiseeName.tsx";
import { Title } from "./components/headings.tsx";
import { Later, useLaterViews } from "./components/Later.tsx";
import { SearchBox } from "./components/SearchBox.tsx";
import { ErrorNotice, Loading, Notice } from "./components/states.tsx";
import { useOfflineSince } from "./firestore/connection-status.ts";
import { OVERVIEW_TEXT, TEXT } from "./messages.ts";
import { addressOf, EXCEPTIONS, OVERVIEW, type Route, routeOf, SEARCH } from "./route.ts";
import { useScrollMemory } from "./scroll-memory.ts";
import { forgetSearch, savedSearch, saveSearch } from "./search-text.ts";
import { mayRead, refreshAccess, type SignedIn, signOutUser, useSession } from "./session.ts";
import { TIME_ZONE } from "./settings.ts";
import { timeOfDay } from "./time.ts";
import { FranchiseeView } from "./views/Franchisee.tsx";
import { HeadOffice } from "./views/HeadOffice.tsx";
import { SignIn } from "./views/SignIn.tsx";

export function App({ auth }: { auth: Auth }) {
  const session = useSession(auth);
  const route = useRoute();
  if (session.state === "starting") return <Loading />;
  if (session.state === "failed") {
    return (
      <main>
        <ErrorNotice isDenied={false} />
      </main>
    );
  }
  if (session.state === "signed out") return <SignedOut auth={auth} isExpired={session.isExpired} />;
  return <SignedInPage key={session.user.uid} auth={auth} session={session} route={route} />;
}

function SignedOut(props: { auth: Auth; isExpired: boolean }) {
  useEffect(forgetSearch, []);
  return <SignIn {...props} />;
}

function SignedInPage({ auth, session, route }: { auth: Auth; session: SignedIn; route: Route }) {
  const { uid } = session.user;
  const [search, setSearch] = useState(() => ({ text: savedSearch(uid), number: 0 }));
  const { isAdmin, franchisees } = session.grants;
  useScrollMemory(pageOf(route), () => document.getElementById("content"));
  useLaterViews();
  return (
    <>
      <header class="bar">
        <a class="skip" href={location.hash || "#/"} onClick={skipToContent}>
          {TEXT.skip}
        </a>
        <a class="brand" href="#/">
          <img src="/icon.svg" alt="" width={28} height={28} />
          {TEXT.product}
        </a>
        <Navigation session={session} route={route} />
        {isAdmin || franchisees.length > 0 ? (
          <SearchBox
            text={search.text}
            onSearch={(text) => {
              saveSearch(uid, text);
              setSearch({ text, number: search.number + 1 });
              location.hash = SEARCH;
            }}
          />
        ) : null}
        <span class="user">{session.user.email}</span>
        <button type="button" class="quiet" onClick={() => void signOutUser(auth)}>
          {TEXT.signOut}
        </button>
      </header>
      <ConnectionStatus />
      <main id="content" tabIndex={-1}>
        <ErrorBoundary key={`${session.user.uid} ${route.view}`}>
          <View session={session} route={route} search={search} />
        </ErrorBoundary>
      </main>
    </>
  );
}

/** A payment's dialog is over the page of its list. */
function pageOf(route: Route): string {
  return JSON.stringify({ ...route, stripePaymentId: null, open: null });
}

/** Keeps the URL, which is the route. */
function skipToContent(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

const NOT_OF_FRANCHISEES: ReadonlySet<string> = new Set(["overview", "exceptions", "emails", "search"]);

function Navigation({ session, route }: { session: SignedIn; route: Route }) {
  const { isAdmin, franchisees } = session.grants;
  const links = isAdmin
    ? [
        { href: OVERVIEW, text: OVERVIEW_TEXT.overview, isCurrent: route.view === "overview" },
        { href: "#/", text: TEXT.franchisees, isCurrent: !NOT_OF_FRANCHISEES.has(route.view) },
        { href: EXCEPTIONS, text: TEXT.exceptions, isCurrent: route.view === "exceptions" || route.view === "emails" },
      ]
    : [{ href: "#/", text: TEXT.yours, isCurrent: route.view === "home" }];
  if (!isAdmin && franchisees.length < 2) return <span class="grow" />;
  return (
    <nav class="grow" aria-label={TEXT.main}>
      {links.map(({ href, text, isCurrent }) => (
        <a key={href} href={href} {...(isCurrent && { "aria-current": "page" as const })}>
          {text}
        </a>
      ))}
    </nav>
  );
}

function ConnectionStatus() {
  const since = useOfflineSince();
  return (
    <div role="status" aria-label={TEXT.connection} class={since ? "offline" : "offline offline-none"}>
      {since
        ? `You’re offline. Showing data as of ${timeOfDay(since, TIME_ZONE)}; updates resume when you reconnect.`
        : ""}
    </div>
  );
}

interface ViewProps {
  session: SignedIn;
  route: Route;
  /** `number` counts the searches, also for the same text. */
  search: { text: string; number: number };
}

function View({ session, route, search }: ViewProps) {
  const { isAdmin, franchisees } = session.grants;
  const only = !isAdmin && franchisees.length === 1 ? franchisees[0] : undefined;
  const isOnlyHome = route.view === "home" && only !== undefined;
  useEffect(() => {
    if (isOnlyHome) location.replace(addressOf(only));
  }, [isOnlyHome, only]);
  if (!isAdmin && franchisees.length === 0) return <NoAccess session={session} />;
  if ("franchiseeId" in route && !mayRead(session.grants, route.franchiseeId)) return <AccessDenied />;
  switch (route.view) {
    case "home":
      if (isAdmin) return <HeadOffice session={session} />;
      return isOnlyHome ? <Loading /> : <OwnFranchises session={session} />;
    case "overview":
      return isAdmin ? <Later>{({ Overview }) => <Overview session={session} />}</Later> : <NotFound />;
    case "exceptions":
      if (!isAdmin) return <NotFound />;
      return <Later>{({ Exceptions }) => <Exceptions session={session} open={route.open} />}</Later>;
    case "emails":
      if (!isAdmin) return <NotFound />;
      return <Later>{({ Emails }) => <Emails session={session} />}</Later>;
    case "search":
      if (route.open && !mayRead(session.grants, route.open.franchiseeId)) return <AccessDenied />;
      return (
        <Later>
          {({ SearchView }) => (
            <SearchView key={search.number} session={session} text={search.text} open={route.open} />
          )}
        </Later>
      );
    case "franchisee":
      return <FranchiseeView key={route.franchiseeId} session={session} {...route} />;
    case "closes":
      return (
        <Later>
          {({ Closes }) => <Closes key={route.franchiseeId} session={session} franchiseeId={route.franchiseeId} />}
        </Later>
      );
    case "deposits":
      return (
        <Later>
          {({ Deposits }) => <Deposits key={route.franchiseeId} session={session} franchiseeId={route.franchiseeId} />}
        </Later>
      );
    case "deposit":
      return <Later>{({ DepositView }) => <DepositView key={route.payoutId} session={session} {...route} />}</Later>;
    case "statement":
      return (
        <Later>{({ StatementView }) => <StatementView key={route.franchiseeId} session={session} {...route} />}</Later>
      );
    case "unknown":
    default:
      return <NotFound />;
  }
}

function Message(props: { title: string; text: string; lead?: string; children: ComponentChildren }) {
  const { title, text, children, ...lead } = props;
  return (
    <div class="page">
      <Title>{title}</Title>
      <Notice title={text} {...lead}>
        {children}
      </Notice>
    </div>
  );
}

function NoAccess({ session }: { session: SignedIn }) {
  return (
    <Message title={TEXT.noAccess} text={TEXT.noAccessLead} lead={TEXT.noAccessHelp}>
      <p>
        Your address: <strong>{session.user.email}</strong>
      </p>
      <button type="button" class="primary" onClick={() => void refreshAccess()}>
        {TEXT.refreshAccess}
      </button>
    </Message>
  );
}

function AccessDenied() {
  return (
    <Message title={TEXT.accessDenied} text={TEXT.accessDeniedLead}>
      <HomeLink />
    </Message>
  );
}

function NotFound() {
  return (
    <Message title={TEXT.notFound} text={TEXT.notFoundLead}>
      <HomeLink />
    </Message>
  );
}

function HomeLink() {
  return (
    <a class="button" href="#/">
      {TEXT.home}
    </a>
  );
}

function OwnFranchises({ session }: { session: SignedIn }) {
  return (
    <div class="page">
      <Title>{TEXT.yours}</Title>
      <ul class="choices">
        {session.grants.franchisees.map((id) => (
          <li key={id}>
            <a href={addressOf(id)}>
              <NameOf session={session} franchiseeId={id} />
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = (): void => setHash(location.hash);
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return routeOf(hash);
}
