// SPDX-License-Identifier: Apache-2.0
/** The search box: text and chips are two faces of one string, which belongs to the URL. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { searchSchema } from "@/shared/api/queries";
import { Icon } from "@/shared/ui/Icon";

import styles from "./query.module.css";
import { QueryChips } from "./QueryChips";
import { QueryFault } from "./QueryFault";
import { suggest, type Suggestion } from "./suggestions";
import { holds, toggled } from "./terms";

interface Props {
  value: string;
  onChange: (query: string) => void;
  error?: unknown;
  quick?: readonly { term: string; label: string }[];
}

export function QueryBar({ value, onChange, error, quick = [] }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(value);
  const [seen, setSeen] = useState(value);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const box = useRef<HTMLInputElement>(null);
  const id = useId();
  const schema = useQuery(searchSchema).data;
  if (seen !== value) {
    setSeen(value);
    setDraft(value);
  }
  const offers = open ? suggest(schema, draft, caret) : [];
  const position = error instanceof Fault && error.problem.status === 400 ? error.problem.position : undefined;

  useEffect(() => {
    if (position !== undefined && document.activeElement === box.current) box.current?.setSelectionRange(position, position);
  }, [position]);

  const commit = (query: string) => {
    setDraft(query);
    setOpen(false);
    setActive(-1);
    onChange(query.trim());
  };

  const accept = (offer: Suggestion) => {
    if (offer.whole) return commit(offer.insert);
    const next = draft.slice(0, offer.start) + offer.insert + draft.slice(caret).trimStart();
    const at = offer.start + offer.insert.length;
    flushSync(() => {
      setDraft(next);
      setCaret(at);
      setActive(-1);
    });
    box.current?.setSelectionRange(at, at); // at once: a frame later it would move the caret under somebody's typing
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const picked = offers[active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((now) => (offers.length === 0 ? -1 : (now + step + offers.length + (now < 0 && step < 0 ? 1 : 0)) % offers.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (picked) accept(picked);
      else commit(draft);
    } else if (event.key === "Tab" && picked) {
      event.preventDefault();
      accept(picked);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (open && offers.length > 0) setOpen(false);
      else box.current?.blur();
    }
  };

  const track = (element: HTMLInputElement) => setCaret(element.selectionStart ?? element.value.length);

  return (
    <search className={styles.bar}>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          ref={box}
          id={`${id}-box`}
          data-search-box
          className={styles.input}
          role="combobox"
          aria-label={t("query.label")}
          aria-expanded={offers.length > 0}
          aria-controls={`${id}-offers`}
          aria-autocomplete="list"
          aria-activedescendant={offers[active] ? `${id}-${active}` : undefined}
          aria-invalid={position !== undefined}
          aria-describedby={position !== undefined ? `${id}-fault` : undefined}
          placeholder={t("query.placeholder")}
          value={draft}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          onChange={(event) => {
            setDraft(event.target.value);
            track(event.target);
            setOpen(true);
            setActive(-1);
          }}
          onSelect={(event) => track(event.currentTarget)}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {draft ? (
          <button type="button" className={styles.clear} aria-label={t("query.clear")} onClick={() => commit("")}>
            <Icon name="close" size={15} />
          </button>
        ) : (
          <kbd aria-hidden="true">/</kbd>
        )}
      </div>
      <ul id={`${id}-offers`} role="listbox" aria-label={t("query.suggestions")} className={styles.offers} hidden={offers.length === 0}>
        {offers.map((offer, index) => (
          // The box keeps the focus and names the active offer; the pointer is a second way.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={offer.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            className={styles.offer}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => accept(offer)}
          >
            <code>{offer.label}</code>
            <span className="quiet cut">{offer.help}</span>
          </li>
        ))}
      </ul>
      {position !== undefined && error instanceof Fault ? (
        <QueryFault id={`${id}-fault`} query={value} position={position} detail={error.problem.detail ?? ""} />
      ) : null}
      <div className={styles.below}>
        <QueryChips query={draft} onChange={commit} />
        {quick
          .filter(({ term }) => !holds(draft, term))
          .map(({ term, label }) => (
            <button key={term} type="button" className={styles.quick} title={term} onClick={() => commit(toggled(draft, term))}>
              + {label}
            </button>
          ))}
      </div>
    </search>
  );
}
