-- The four metrics in straight SQL, from raw events of many histories (h) at once.
-- Not told here: pull requests, reverts, links and regions; the histories have none.
WITH RECURSIVE
attempt AS MATERIALIZED (
  SELECT d.h, d.id, d.sha, d.created, d.planned,
         coalesce(min(s.told) FILTER (state = 'in_progress'), min(d.created)) AS started,
         min(s.told) FILTER (state = 'success') AS live,
         min(s.told) FILTER (state = 'failure') AS first_failure
  FROM deployment d JOIN status s USING (h, id) GROUP BY ALL
),
harmless AS MATERIALIZED (SELECT h, id, started, first_failure AS ended FROM attempt
             WHERE live IS NULL AND first_failure IS NOT NULL),
run AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY h ORDER BY live, created, id) AS k,
         (SELECT min(s.told) FROM status s WHERE s.h = a.h AND s.id = a.id AND state = 'failure' AND s.told > a.live)
           AS failed_after
  FROM attempt a WHERE live IS NOT NULL
),
reach AS (
  SELECT DISTINCT h, sha AS root, sha FROM run
  UNION SELECT r.h, r.root, e.parent FROM reach r JOIN edge e ON e.h = r.h AND e.child = r.sha
),
content AS MATERIALIZED (
  SELECT run.h, run.k, c.sha, c.start, c.kind FROM run
  JOIN reach ON reach.h = run.h AND reach.root = run.sha
  JOIN commits c ON c.h = run.h AND c.sha = reach.sha WHERE NOT c.is_merge
),
first AS MATERIALIZED (SELECT h, sha, min(k) AS k FROM content GROUP BY ALL),
size AS MATERIALIZED (
  SELECT run.*,
    (SELECT count(*) FROM content c WHERE c.h = run.h AND c.k = run.k) AS now,
    (SELECT count(*) FROM content c WHERE c.h = run.h AND c.k = run.k - 1) AS before,
    (SELECT count(*) FROM content c JOIN content p USING (h, sha)
     WHERE c.h = run.h AND c.k = run.k AND p.k = run.k - 1) AS kept,
    (SELECT count(*) FROM first f WHERE f.h = run.h AND f.k = run.k) AS added
  FROM run
),
rollout AS MATERIALIZED (
  SELECT *, CASE WHEN k = 1 THEN 'baseline' WHEN kept = now AND now = before THEN 'redeploy'
                 WHEN kept = now THEN 'rollback' WHEN added > 0 THEN 'change' ELSE 'reinstate' END AS kind
  FROM size
),
headline AS MATERIALIZED (SELECT * FROM rollout WHERE kind IN ('baseline', 'change')),
undone AS MATERIALIZED (
  SELECT r.h, r.k AS by_k, r.live AS by_live, list(DISTINCT f.k ORDER BY f.k) AS withdrawn
  FROM rollout r JOIN content p ON p.h = r.h AND p.k = r.k - 1
  ANTI JOIN content c ON c.h = r.h AND c.k = r.k AND c.sha = p.sha
  JOIN first f ON f.h = r.h AND f.sha = p.sha
  WHERE r.kind = 'rollback' AND NOT r.planned GROUP BY ALL
),
suspect AS MATERIALIZED (
  SELECT i.h, i.id AS incident, i.opened, i.resolved, r.k, r.id, r.started, true AS good, r.live AS ended
  FROM incident i JOIN headline r ON r.h = i.h AND i.opened BETWEEN r.started AND r.live + 86400
  WHERE NOT i.external
  UNION ALL
  SELECT i.h, i.id, i.opened, i.resolved, NULL, a.id, a.started, false, a.ended
  FROM incident i JOIN harmless a ON a.h = i.h AND i.opened BETWEEN a.started AND a.ended + 900
  WHERE NOT i.external
),
clock AS MATERIALIZED (
  SELECT * FROM suspect
  QUALIFY row_number() OVER (PARTITION BY h, incident ORDER BY started DESC, good DESC, ended DESC, k DESC, id DESC) = 1
),
evidence AS MATERIALIZED (
  SELECT c.h, c.incident, u.withdrawn FROM clock c JOIN undone u
  ON u.h = c.h AND u.by_live BETWEEN c.opened AND coalesce(c.resolved, 9e15)
  QUALIFY row_number() OVER (PARTITION BY c.h, c.incident ORDER BY u.by_k) = 1
),
blame AS MATERIALIZED (
  SELECT c.h, c.opened, c.resolved,
    CASE WHEN e.withdrawn IS NULL OR coalesce(list_contains(e.withdrawn, c.k), false) THEN c.k ELSE e.withdrawn[1] END AS k,
    CASE WHEN e.withdrawn IS NULL THEN c.id END AS id
  FROM clock c LEFT JOIN evidence e USING (h, incident)
),
charged AS MATERIALIZED (
  SELECT h, k, CASE WHEN k IS NULL THEN id END AS id, min(opened) AS opened,
         CASE WHEN count(*) = count(resolved) THEN max(resolved) END AS resolved
  FROM blame GROUP BY ALL
),
accused AS MATERIALIZED (
  SELECT h, k FROM charged WHERE k IS NOT NULL
  UNION SELECT h, k FROM headline WHERE failed_after IS NOT NULL
),
step AS MATERIALIZED (SELECT *, row_number() OVER (PARTITION BY h ORDER BY by_k) AS n FROM undone),
trial AS (
  SELECT h, 0::BIGINT AS n, coalesce(list(k), []) AS failed, NULL::BIGINT AS k, NULL::BIGINT AS ended
  FROM (SELECT DISTINCT h FROM run) LEFT JOIN accused USING (h) GROUP BY h
  UNION ALL
  SELECT t.h, s.n,
    CASE WHEN list_has_any(t.failed, s.withdrawn) THEN t.failed ELSE list_append(t.failed, s.withdrawn[1]) END,
    CASE WHEN list_has_any(t.failed, s.withdrawn) THEN NULL ELSE s.withdrawn[1] END, s.by_live
  FROM trial t JOIN step s ON s.h = t.h AND s.n = t.n + 1
),
failure AS MATERIALIZED (
  SELECT r.h, r.live AS counted, least(r.live, c.opened) AS began, c.resolved AS ended
  FROM charged c JOIN rollout r USING (h, k)
  UNION ALL
  SELECT a.h, a.ended, least(a.started, c.opened), c.resolved
  FROM charged c JOIN harmless a USING (h, id) WHERE c.k IS NULL
  UNION ALL
  SELECT r.h, r.live, r.live, (SELECT min(l.live) FROM rollout l WHERE l.h = r.h AND l.k > r.k
                               AND l.kind IN ('change', 'rollback') AND l.live > r.failed_after)
  FROM headline r ANTI JOIN charged c ON c.h = r.h AND c.k = r.k WHERE r.failed_after IS NOT NULL
  UNION ALL
  SELECT r.h, r.live, r.live, t.ended FROM trial t JOIN rollout r USING (h, k)
),
lead AS MATERIALIZED (
  SELECT r.h, greatest(0, r.live - c.start) AS seconds FROM rollout r
  JOIN first f ON f.h = r.h AND f.k = r.k JOIN content c ON c.h = r.h AND c.k = r.k AND c.sha = f.sha
  WHERE r.kind = 'change' AND c.kind <> 'bot' AND r.live >= $start AND r.live < $stop
)
SELECT h,
  (SELECT count(*) FROM headline r WHERE r.h = x.h AND live >= $start AND live < $stop) AS deployments,
  (SELECT floor(quantile_cont(seconds, 0.5) + 0.5)::BIGINT FROM lead l WHERE l.h = x.h) AS lead_median,
  (SELECT count(*) FROM failure f WHERE f.h = x.h AND counted >= $start AND counted < $stop) AS failed,
  (SELECT floor(quantile_cont(greatest(0, ended - began), 0.5) + 0.5)::BIGINT FROM failure f
   WHERE f.h = x.h AND ended >= $start AND ended < $stop) AS recovery_median
FROM (SELECT DISTINCT h FROM deployment) x ORDER BY h
