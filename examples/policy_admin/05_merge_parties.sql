-- dialect: tsql
-- Address and name changes that customers made on the web site, taken over once a day.

CREATE TABLE web.PartyChangeRequest (
    PartyId     INT           NOT NULL,
    NewFullName NVARCHAR(200) NULL,
    NewEmail    NVARCHAR(254) NULL,
    RequestedAt DATETIME2     NOT NULL
);
GO

MERGE INTO dbo.Party AS target
USING (
    SELECT PartyId, NewFullName, NewEmail, RequestedAt
    FROM (
        SELECT
            r.*,
            ROW_NUMBER() OVER (PARTITION BY r.PartyId ORDER BY r.RequestedAt DESC) AS Recency
        FROM web.PartyChangeRequest AS r
    ) AS ranked
    WHERE Recency = 1
) AS request
ON target.PartyId = request.PartyId
WHEN MATCHED AND request.RequestedAt > target.ChangedAt THEN
    UPDATE SET
        FullName  = COALESCE(request.NewFullName, target.FullName),
        Email     = COALESCE(request.NewEmail, target.Email),
        ChangedAt = request.RequestedAt
OUTPUT inserted.PartyId, deleted.FullName, inserted.FullName, $action
INTO audit.PartyChange (PartyId, OldName, NewName, Action);
GO
