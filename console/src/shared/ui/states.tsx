// SPDX-License-Identifier: Apache-2.0
/** The states beside "here it is": nothing yet, not now, and went wrong. Each says what to do next. */
import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";

import { Icon, type IconName } from "./Icon";

interface EmptyProps {
  icon: IconName;
  title: string;
  /** "h1" where nothing else on the page is a title. */
  heading?: "h1" | "h2";
  children?: ReactNode;
}

export function Empty({ icon, title, heading: Heading = "h2", children }: EmptyProps) {
  return (
    <div className="teach">
      <span className="teach-icon">
        <Icon name={icon} size={26} />
      </span>
      <Heading className="teach-title">{title}</Heading>
      <div className="quiet">{children}</div>
    </div>
  );
}

/** What the server said of its failure: title, detail, kind and request id, and a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof Fault ? error.problem : { status: -1 };
  const title = problem.status === 0 ? t("failure.unreachable") : (problem.title ?? t("failure.title"));
  return (
    <div className="teach" role="alert">
      <span className="teach-icon" data-tone="bad">
        <Icon name="warning" size={26} />
      </span>
      <h2 className="teach-title">{title}</h2>
      <p className="quiet">{problem.status === 0 ? t("failure.unreachable_detail") : (problem.detail ?? String(error))}</p>
      {retry ? (
        <Button variant="default" onClick={retry} leftSection={<Icon name="refresh" size={16} />}>
          {t("failure.retry")}
        </Button>
      ) : null}
      {problem.type || problem.request_id ? (
        <p className="quiet teach-small">
          {problem.type ? <code className="break">{problem.type}</code> : null}
          {problem.request_id ? (
            <>
              {" "}
              {t("failure.request")} <code className="break">{problem.request_id}</code>
            </>
          ) : null}
        </p>
      ) : null}
    </div>
  );
}

export function Waiting({ rows = 8, height = 44 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("waiting")} className="waiting">
      {Array.from({ length: rows }, (_unused, index) => (
        <Skeleton key={index} height={height} radius="md" />
      ))}
    </div>
  );
}
