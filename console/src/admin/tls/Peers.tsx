// SPDX-License-Identifier: Apache-2.0
/** Peers with demands of their own: found, added, changed, removed with a way back, brought as a file. */
import { ActionIcon, Button, NativeSelect, TextInput, Tooltip } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, Fault, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import { PeerDialog } from "./PeerDialog";
import { PeerImport } from "./PeerImport";
import { type Direction, type Peer, peers, PEERS, type TlsSearch } from "./queries";

interface Props {
  search: TlsSearch;
  onSearch: (change: Partial<TlsSearch>) => void;
}

export function Peers({ search, onSearch }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(peers(search));
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const stale = () => void client.invalidateQueries({ queryKey: ["tls_peers"] });
  const add = useMutation({
    mutationFn: ({ direction, peer, domain, level, minimum, certificate_name, note }: Peer) =>
      take(api.POST(PEERS, { body: { direction, peer, domain, level, minimum, certificate_name, note } })),
    onSuccess: ({ peer }) => say(t("tls.restored", { name: peer })),
    onError: (fault) => say(words(fault, t("failure.unreachable")), "bad"),
    onSettled: stale,
  });
  const remove = useMutation({
    mutationFn: ({ id }: Peer) => take(api.DELETE(`${PEERS}/{id}`, { params: { path: { id } } })),
    onSuccess: (_unused, peer) => say(t("tls.removed", { name: peer.peer }), "good", { label: t("undo"), run: () => add.mutate(peer) }),
    onError: (fault) => say(words(fault, t("failure.unreachable")), "bad"),
    onSettled: stale,
  });
  const close = () => onSearch({ open: undefined });
  const directions = [{ value: "", label: t("tls.both") }, { value: "inbound", label: t("tls.inbound") }, { value: "outbound", label: t("tls.outbound") }];
  return (
    <div className={styles.entries}>
      <div className={styles.tools}>
        <SearchBox key={search.q ?? ""} value={search.q ?? ""} onChange={(q) => onSearch({ q: q || undefined })} />
        <NativeSelect aria-label={t("tls.direction")} value={search.direction ?? ""} data={directions} onChange={(event) => onSearch({ direction: (event.currentTarget.value || undefined) as Direction | undefined })} />
        <span style={{ flex: 1 }} />
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => onSearch({ open: "new" })}>{t("tls.add")}</Button>
        <Button variant="default" leftSection={<Icon name="upload" size={16} />} onClick={() => onSearch({ open: "import" })}>{t("entries.import")}</Button>
      </div>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={3} height={38} /> : null}
      {data && rows.length === 0 ? (
        search.q || search.direction
          ? <Empty icon="search" title={t("entries.no_match")}><Button variant="default" mt="xs" onClick={() => onSearch({ q: undefined, direction: undefined })}>{t("entries.all")}</Button></Empty>
          : <Empty icon="lock" title={t("tls.empty")}><p>{t("tls.empty_why")}</p></Empty>
      ) : null}
      {rows.length > 0 ? <Table rows={rows} onOpen={(open) => onSearch({ open })} onRemove={(peer) => remove.mutate(peer)} /> : null}
      {hasNextPage ? <div><Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("tls.more")}</Button></div> : null}
      <PeerDialog rows={rows} open={search.open} direction={search.direction} onClose={close} onDone={stale} />
      <PeerImport opened={search.open === "import"} direction={search.direction} onClose={close} onDone={stale} />
    </div>
  );
}

function Table({ rows, onOpen, onRemove }: { rows: Peer[]; onOpen: (id: string) => void; onRemove: (peer: Peer) => void }) {
  const { t } = useTranslation();
  const columns = ["peer", "direction", "level", "domain", "note"] as const;
  return (
    <table className={styles.table} aria-label={t("tls.peers")}>
      <thead><tr>{columns.map((column) => <th key={column} scope="col">{t(`tls.${column}`)}</th>)}<th scope="col"><span className="hidden">{t("entries.actions")}</span></th></tr></thead>
      <tbody>
        {rows.map((peer) => (
          <tr key={peer.id} data-row={peer.id}>
            <td data-label={t("tls.peer")}><b className="mono">{peer.peer === "*" ? t("tls.everybody") : <Foreign>{peer.peer}</Foreign>}</b></td>
            <td data-label={t("tls.direction")} style={{ whiteSpace: "nowrap" }}><Icon name={peer.direction} size={14} /> {t(`tls.${peer.direction}`)}</td>
            <td data-label={t("tls.level")}>
              {t(`tls.level_${peer.level}`)}
              {peer.minimum && peer.minimum !== "none" ? <span className="quiet">, {t("tls.from_version", { version: peer.minimum })}</span> : null}
              {peer.certificate_name ? <div className="quiet">{t("tls.bears")} <Foreign mono>{peer.certificate_name}</Foreign></div> : null}
            </td>
            <td data-label={t("tls.domain")}>{peer.domain ? <Foreign>{peer.domain}</Foreign> : <span className="quiet">{t("tls.all_domains")}</span>}</td>
            <td data-label={t("tls.note")}>{peer.note ? <Foreign>{peer.note}</Foreign> : null}</td>
            <td className={styles.rowActions}>
              <Tooltip label={t("entries.edit")}><ActionIcon variant="subtle" color="petrol" style={{ color: "var(--accent)" }} aria-label={t("entries.edit_name", { name: peer.peer })} onClick={() => onOpen(peer.id)}><Icon name="pencil" size={16} /></ActionIcon></Tooltip>
              <Tooltip label={t("entries.delete")}><ActionIcon variant="subtle" color="petrol" style={{ color: "var(--accent)" }} aria-label={t("entries.delete_name", { name: peer.peer })} onClick={() => onRemove(peer)}><Icon name="trash" size={16} /></ActionIcon></Tooltip>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return <TextInput className={styles.search} type="search" aria-label={t("tls.search")} placeholder={t("tls.search")} leftSection={<Icon name="search" size={16} />} value={text} onChange={(event) => setText(event.currentTarget.value)} />;
}

export function words(fault: unknown, unreachable: string): string {
  if (!(fault instanceof Fault)) return String(fault);
  return fault.problem.errors?.map(({ detail }) => detail).join(" ") ?? fault.problem.detail ?? unreachable;
}
