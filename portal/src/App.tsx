import type { Auth } from "firebase/auth";
import { useEffect, useState } from "preact/hooks";
import { Boundary } from "./components/ErrorBoundary.tsx";
import { Closes } from "./views/Closes.tsx";
import { useOfflineSince } from "./firestore/connection-status.ts";
import { Exceptions } from "./views/Exceptions.tsx";
import { FranchiseeView } from "./views/Franchisee.tsx";
import { HeadOffice } from "./views/HeadOffice.tsx";
import { Loading, Notice, Trouble } from "./components/states.tsx";
import { Title } from "./components/headings.tsx";
import { addressOf, type Route, routeOf } from "./route.ts";
import { leave, lookAgain, mayRead, type SignedIn, useSession } from "./session.ts";
import { SignIn } from "./views/SignIn.tsx";
import { TIME_ZONE } from "./settings.ts";
import { TEXT } from "./messages.ts";
import { timeOfDay } from "./time.ts";

export function App({ auth }: { auth: Auth }) {
  const session = useSession(auth);
  const route = useRoute();
  if (session.state === "starting") return <Loading />;
  if (session.state === "failed") {
    return (
      <main>
        <Trouble isRefused={false} />
      </main>
    );
  }
  if (session.state === "signed out") return <SignIn auth={auth} ended={session.ended} />;
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
        <span class="who">{session.user.email}</span>
        <button type="button" class="quiet" onClick={() => void leave(auth)}>
          {TEXT.signOut}
        </button>
      </header>
      <Connection />
      <main id="content" tabIndex={-1}>
        <Boundary key={`${session.user.uid} ${route.view}`}>
          <View session={session} route={route} />
        </Boundary>
      </main>
    </>
  );
}

/** The address stays as it is: it is the route. */
function skipToContent(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Navigation({ session, route }: { session: SignedIn; route: Route }) {
  const { isAdmin, franchisees } = session.grants;
  const links = isAdmin
    ? [
        { href: "#/", text: TEXT.franchisees, isHere: route.view !== "exceptions" },
        { href: "#/exceptions", text: TEXT.exceptions, isHere: route.view === "exceptions" },
      ]
    : [{ href: "#/", text: TEXT.yours, isHere: route.view === "home" }];
  if (!isAdmin && franchisees.length < 2) return <span class="grow" />;
  return (
    <nav class="grow" aria-label={TEXT.main}>
      {links.map(({ href, text, isHere }) => (
        <a key={href} href={href} {...(isHere && { "aria-current": "page" as const })}>
          {text}
        </a>
      ))}
    </nav>
  );
}

function Connection() {
  const since = useOfflineSince();
  return (
    <div role="status" aria-label={TEXT.connection} class={since ? "offline" : "offline offline-none"}>
      {since
        ? `You are offline. What you see is as of ${timeOfDay(since, TIME_ZONE)}; it goes on by itself once you are back.`
        : ""}
    </div>
  );
}

function View({ session, route }: { session: SignedIn; route: Route }) {
  const { grants } = session;
  const only = !grants.isAdmin && grants.franchisees.length === 1 ? grants.franchisees[0] : undefined;
  const isOnlyHome = route.view === "home" && only !== undefined;
  useEffect(() => {
    if (isOnlyHome) location.replace(addressOf(only));
  }, [isOnlyHome, only]);
  if (!grants.isAdmin && grants.franchisees.length === 0) return <NoAccess session={session} />;
  switch (route.view) {
    case "home":
      if (grants.isAdmin) return <HeadOffice session={session} />;
      return only === undefined ? <Yours session={session} /> : <Loading />;
    case "exceptions":
      return grants.isAdmin ? <Exceptions session={session} open={route.open} /> : <Unknown />;
    case "franchisee":
      if (!mayRead(grants, route.franchiseeId)) return <NotYours />;
      return (
        <FranchiseeView
          key={route.franchiseeId}
          session={session}
          franchiseeId={route.franchiseeId}
          payment={route.payment}
        />
      );
    case "closes":
      if (!mayRead(grants, route.franchiseeId)) return <NotYours />;
      return <Closes key={route.franchiseeId} session={session} franchiseeId={route.franchiseeId} />;
    case "unknown":
    default:
      return <Unknown />;
  }
}

function NoAccess({ session }: { session: SignedIn }) {
  return (
    <div class="page">
      <Title>{TEXT.noAccess}</Title>
      <Notice title={TEXT.noAccessLead} lead={TEXT.noAccessWhom}>
        <p>
          Your address: <strong>{session.user.email}</strong>
        </p>
        <button type="button" class="primary" onClick={() => void lookAgain()}>
          {TEXT.lookAgain}
        </button>
      </Notice>
    </div>
  );
}

function NotYours() {
  return (
    <div class="page">
      <Title>{TEXT.notYours}</Title>
      <Notice title={TEXT.notYoursLead}>
        <a class="button" href="#/">
          {TEXT.home}
        </a>
      </Notice>
    </div>
  );
}

function Unknown() {
  return (
    <div class="page">
      <Title>{TEXT.unknown}</Title>
      <Notice title={TEXT.unknownLead}>
        <a class="button" href="#/">
          {TEXT.home}
        </a>
      </Notice>
    </div>
  );
}

function Yours({ session }: { session: SignedIn }) {
  return (
    <div class="page">
      <Title>{TEXT.yours}</Title>
      <ul class="choices">
        {session.grants.franchisees.map((id) => (
          <li key={id}>
            <a href={addressOf(id)}>{id}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = (): void => setHash(location.hash);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return routeOf(hash);
}
